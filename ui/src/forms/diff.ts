/** What differs between specs: two of them by path, or three where somebody else changed the same one meanwhile. */
import { isObject, pathText, same, valueAt, withValueAt, type Json, type JsonObject, type Path } from './json'

export interface Change {
  path: Path
  before: Json | undefined
  after: Json | undefined
}

/** Return what turns `before` into `after`, by path. A list is one value; so is an object that one side has not. */
export function changesOf(before: JsonObject, after: JsonObject, at: Path = []): Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return names.flatMap((name): Change[] => {
    const [was, is] = [valueAt(before, [name]), valueAt(after, [name])]
    if (same(was, is)) return []
    if (isObject(was) && isObject(is)) return changesOf(was, is, [...at, name])
    return [{ path: [...at, name], before: was, after: is }]
  })
}

/** Return an object with the changes made to it. */
export const withChanges = (object: JsonObject, changes: readonly Change[]): JsonObject =>
  changes.reduce((changed, { path, after }) => withValueAt(changed, path, after), object)

/** One place where a spec was changed since both began from it: by them, by me, or by both. */
export interface Divergence {
  path: Path
  base: Json | undefined
  theirs: Json | undefined
  mine: Json | undefined
  /** `both`: each changed it, to different values; applying mine would undo theirs. */
  by: 'theirs' | 'mine' | 'both' | 'alike'
}

/** Return where two specs went apart from their common base, by path. */
export function divergences(base: JsonObject, theirs: JsonObject, mine: JsonObject): Divergence[] {
  const changed = [...changesOf(base, theirs), ...changesOf(base, mine)].map(({ path }) => path)
  // Of two changes of which one holds the other (an object given anew, and a value in it) the outer one is shown.
  const outer = changed.filter((path) => !changed.some((other) => other.length < path.length && isWithin(path, other)))
  const once = outer.filter((path, place) => outer.findIndex((other) => pathText(other) === pathText(path)) === place)
  return once.map((path) => divergence(path, valueAt(base, path), valueAt(theirs, path), valueAt(mine, path)))
}

function divergence(path: Path, base: Json | undefined, theirs: Json | undefined, mine: Json | undefined): Divergence {
  const [byThem, byMe] = [!same(base, theirs), !same(base, mine)]
  const by = byThem && byMe ? (same(theirs, mine) ? 'alike' : 'both') : byThem ? 'theirs' : 'mine'
  return { path, base, theirs, mine, by }
}

const isWithin = (path: Path, outer: Path): boolean => outer.every((step, place) => step === path[place])

/** Return their spec with my changes on top: where both changed the same, mine stands. */
export const onTop = (base: JsonObject, theirs: JsonObject, mine: JsonObject): JsonObject => withChanges(theirs, changesOf(base, mine))

/** Whether what changed needs the bot to restart: labels alone do not. */
export const needsRestart = (changes: readonly Change[]): boolean => changes.some(({ path }) => path[0] !== 'labels')
