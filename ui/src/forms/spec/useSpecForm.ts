/** The state of a spec's form: what the browser finds wrong, what the service found, and where each is shown. */
import { useMemo, useState } from 'react'
import type { Fault } from '../check'
import type { Form } from '../context'
import { placed, type Placed } from '../faults'
import { isList, pathText, same, valueAt, withValueAt, type Json, type JsonObject, type Path } from '../json'
import type { Named } from '../schema'
import { shownFields } from './shown'
import { specFaults } from './specCheck'

/** A fault that the service found, in force while what it is about stays as it was. */
interface Told {
  fault: Fault
  about: Json | undefined
}

export interface SpecForm {
  form: Form
  /** What no field shows. */
  rest: readonly Fault[]
  /** Say all that is wrong, also what is merely missing; return whether nothing is. */
  isReady: () => boolean
  /** How many fields have something wrong that is shown. */
  wrong: number
  /** Take what the service found wrong. */
  tell: (faults: readonly Fault[]) => void
}

const NOTHING: ReadonlyMap<string, string> = new Map()

export function useSpecForm(spec: JsonObject, change: (spec: JsonObject) => void, parameters: readonly Named[] | undefined): SpecForm {
  const [isAsked, setAsked] = useState(false)
  const [told, setTold] = useState<readonly Told[]>([])
  const [unread, setUnreadTexts] = useState(NOTHING)
  const found = useMemo(() => specFaults(spec, parameters), [spec, parameters])
  const faults = useMemo(() => [...found.filter((each) => isAsked || !isMissing(spec, each)), ...standing(told, spec, found)], [found, told, spec, isAsked])
  const { byField, rest }: Placed = useMemo(() => placed(faults, shownFields(spec, parameters)), [faults, spec, parameters])
  const setUnread = (path: Path, text: string | undefined) => {
    const others = [...unread].filter(([each]) => each !== pathText(path))
    setUnreadTexts(new Map(text === undefined ? others : [...others, [pathText(path), text]]))
  }
  return {
    form: { value: spec, set: (path, value) => change(withValueAt(spec, path, value)), problems: byField, unread, setUnread },
    rest,
    wrong: byField.size + rest.length + unread.size,
    isReady: () => {
      setAsked(true)
      return found.length === 0 && unread.size === 0
    },
    tell: (given) => setTold(given.map((fault) => ({ fault, about: valueAt(spec, fault.loc) }))),
  }
}

/** Whether a fault is only that something was not filled in yet: said when it is asked for, not before. */
export function isMissing(spec: JsonObject, { loc }: Fault): boolean {
  const value = valueAt(spec, loc)
  return value === undefined || value === '' || (isList(value) && value.length === 0)
}

/** What the service said and still holds, without what the browser says at the same place. */
export function standing(told: readonly Told[], spec: JsonObject, found: readonly Fault[]): Fault[] {
  const said = new Set(found.map(({ loc }) => pathText(loc)))
  return told.filter(({ fault, about }) => same(valueAt(spec, fault.loc), about) && !said.has(pathText(fault.loc))).map(({ fault }) => fault)
}
