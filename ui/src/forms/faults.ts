/** Which field of a form a fault belongs to; what belongs to none goes into the summary. */
import type { Fault } from './check'
import { pathText, type Path } from './json'

const startsWith = (loc: Path, path: Path): boolean => path.length <= loc.length && path.every((step, place) => String(step) === String(loc[place]))

/** The faults of a form by the field that shows each, and those that no field shows. */
export interface Placed {
  /** Messages by the path of their field, as `pathText` writes it. */
  byField: ReadonlyMap<string, readonly string[]>
  rest: readonly Fault[]
}

/** Place each fault at the deepest of the shown fields that lies on its way. */
export function placed(faults: readonly Fault[], shown: readonly Path[]): Placed {
  const byField = new Map<string, string[]>()
  const rest: Fault[] = []
  for (const fault of faults) {
    const field = shown.filter((path) => startsWith(fault.loc, path)).reduce<Path | undefined>((best, path) => (best === undefined || path.length > best.length ? path : best), undefined)
    if (field === undefined) rest.push(fault)
    else byField.set(pathText(field), [...(byField.get(pathText(field)) ?? []), messageIn(fault, field)])
  }
  return { byField, rest }
}

/** A fault deeper than its field says where: `[1]: Must be a number`. */
function messageIn({ loc, message }: Fault, field: Path): string {
  const within = loc.slice(field.length)
  return within.length === 0 ? message : `${pathText(within)}: ${message}`
}
