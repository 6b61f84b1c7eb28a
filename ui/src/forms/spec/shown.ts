/** Which fields of a spec are on the screen, so that each fault finds its own. */
import { isObject, type Json, type JsonObject, type Path } from '../json'
import type { Named } from '../schema'

const ALWAYS: readonly Path[] = [
  ['id'], ['venue'], ['instruments'], ['timeframe'], ['capital'], ['max_open'], ['cycle'], ['compute'], ['restart', 'policy'],
  ['risk', 'max_position_value'], ['risk', 'max_order_value'], ['risk', 'max_orders_per_minute'], ['labels'], ['feeds'], ['params'],
]
const SELECTED: readonly Path[] = [['instruments', 'quote'], ['instruments', 'top'], ['instruments', 'exclude']]

export function shownFields(spec: JsonObject, parameters: readonly Named[] | undefined): Path[] {
  return [
    ...ALWAYS,
    [isMain(spec) ? 'main' : 'strategy'],
    ...(isObject(spec.instruments) ? SELECTED : []),
    ...(isByClock(spec.cycle) ? [['cycle', 'every_s']] : []),
    ...pathsOf(parameters ?? [], ['params'], spec.params),
  ]
}

function pathsOf(fields: readonly Named[], at: Path, value: Json | undefined): Path[] {
  return fields.flatMap(({ name, field }): Path[] => {
    const inner = isObject(value) ? value[name] : undefined
    return [[...at, name], ...(field.kind === 'group' && inner !== null ? pathsOf(field.fields, [...at, name], inner) : [])]
  })
}

export const isMain = (spec: JsonObject): boolean => spec.main !== undefined && spec.main !== null
/** Whether cycles come by the clock and not with candles. */
export const isByClock = (cycle: Json | undefined): boolean => isObject(cycle) && cycle.on !== 'candle'

/** The parameters that every strategy has: what guards each position. They stand apart from a strategy's own. */
export const GUARDS: readonly string[] = ['stop_loss', 'take_profit', 'trailing_stop', 'time_limit_s']
