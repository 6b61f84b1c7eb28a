/** Labels as a person types them. */
import { brief, type JsonObject } from '../json'

export const tagsOf = (labels: JsonObject): string[] => Object.entries(labels).map(([name, value]) => `${name}=${brief(value)}`)

/** Return the labels of some tags; the last of a name stands, a tag without a value means `true`. */
export function labelsOf(tags: readonly string[]): JsonObject {
  const pairs = tags.map((tag) => tag.trim()).filter((tag) => tag !== '').map((tag): [string, string] => {
    const equals = tag.indexOf('=')
    return equals < 0 ? [tag, 'true'] : [tag.slice(0, equals).trim(), tag.slice(equals + 1).trim()]
  })
  return Object.fromEntries(pairs)
}
