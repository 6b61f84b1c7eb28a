/** The bot in the making: survives a reload and a step back, in this tab alone, without what may be secret. */
import { copyOf, freeId, nameOf, switched, withoutSecrets, type Kept, type Known } from '../../forms/spec/drafts'
import { isObject, withValueAt, type JsonObject } from '../../forms/json'

export interface Draft {
  /** What it was begun from: `strategy:grid`, `copy:bot-1`. Another beginning makes another draft of it. */
  from: string
  spec: JsonObject
  /** Whether the id was typed; else it follows the strategy and the instrument. */
  hasOwnId: boolean
  kept: Kept
}

const KEY = 'styrman.new-bot'
type Storage = Pick<globalThis.Storage, 'getItem' | 'setItem' | 'removeItem'>

export function storedDraft(storage: Storage): Draft | undefined {
  try {
    const draft = JSON.parse(storage.getItem(KEY) ?? 'null') as Partial<Draft> | null
    return draft !== null && isObject(draft.spec) && typeof draft.from === 'string' ? { from: draft.from, spec: draft.spec, hasOwnId: draft.hasOwnId === true, kept: isObject(draft.kept) ? draft.kept : {} } : undefined
  } catch {
    return undefined // none, or storage is off
  }
}

export function storeDraft(storage: Storage, draft: Draft | undefined, secret: ReadonlySet<string>): void {
  try {
    if (draft === undefined) storage.removeItem(KEY)
    else storage.setItem(KEY, JSON.stringify({ ...draft, spec: withoutSecrets(draft.spec, secret), kept: withoutSecrets(draft.kept, secret) }))
  } catch {
    // storage is off: the draft holds until the page is left
  }
}

/** Return the draft that the page shows for a chosen strategy: the stored one, with this strategy if it was begun with another. */
export function draftOf(strategy: string, stored: Draft | undefined, known: readonly Known[], venues: readonly string[]): Draft {
  const from = `strategy:${strategy}`
  if (stored?.from === from) return stored
  const begun = stored ?? { spec: begin(venues), kept: {}, hasOwnId: false }
  return { ...switched(begun.spec, strategy, known, begun.kept), hasOwnId: begun.hasOwnId, from }
}

/** Return the draft of a copy of a bot, as that is now; the stored one where this copy was begun already. */
export function copyDraft(id: string, spec: JsonObject, stored: Draft | undefined): Draft {
  const from = `copy:${id}`
  return stored?.from === from ? stored : { from, spec: copyOf(spec), hasOwnId: false, kept: {} }
}

/** A new bot has its venue chosen where there is no choice. */
const begin = (venues: readonly string[]): JsonObject => ({ ...(venues.length === 1 ? { venue: venues[0] ?? '' } : {}), instruments: [], params: {} })

/** The draft's spec as it would be sent: with its own id, or one that is free. */
export function specToSend({ spec, hasOwnId, from }: Draft, taken: ReadonlySet<string>): JsonObject {
  if (hasOwnId) return spec
  const wanted = from.startsWith('copy:') ? from.slice('copy:'.length) : nameOf(spec)
  return { id: freeId(wanted, taken), ...withValueAt(spec, ['id'], undefined) }
}
