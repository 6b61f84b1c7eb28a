/** The fields of a spec that are the same for every bot. Its limits are the API's: a test compares them with openapi.json. */
import { fieldOf, fieldsOf, type Named } from '../schema'
import { pathText, type JsonObject, type Path } from '../json'

const INSTRUMENT = '^[A-Z0-9._-]{1,20}/[A-Z0-9._-]{1,20}(:[A-Z0-9._-]{1,20})?$'
const TIMEFRAME = '^[1-9][0-9]{0,3}[smhdw]$'
const MONEY = [{ type: 'number', exclusiveMinimum: 0 }, { type: 'string' }]
const instruments = { type: 'array', items: { type: 'string', pattern: INSTRUMENT } }

export const SPEC: JsonObject = {
  type: 'object',
  required: ['id', 'venue', 'instruments'],
  properties: {
    id: { type: 'string', pattern: '^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$', description: 'Small letters, digits and dashes; it cannot be changed later' },
    strategy: { type: 'string', minLength: 1, maxLength: 200, description: 'A name, or package.module:Class' },
    main: { type: 'string', minLength: 1, maxLength: 200, description: 'A registered name, or package.module:function' },
    venue: { type: 'string', minLength: 1, maxLength: 63 },
    timeframe: { type: 'string', pattern: TIMEFRAME, default: '1m', description: 'The candles that it decides on: 1m, 5m, 1h, 1d …' },
    capital: { anyOf: MONEY, default: '100', description: 'What it may use, in the quote currency' },
    max_open: { type: 'integer', minimum: 1, maximum: 500, default: 500, title: 'Open at most', description: 'Positions at a time' },
    compute: { enum: ['auto', 'inline', 'thread', 'process'], default: 'auto', description: 'Where its code runs; auto: shipped strategies inline, others in a worker process' },
    restart: {
      type: 'object',
      default: { policy: 'on-failure' },
      properties: { policy: { enum: ['never', 'on-failure', 'always'], default: 'on-failure', title: 'Restart', description: 'When its task is started again after it ended by itself' } },
    },
    risk: {
      type: 'object',
      default: { max_orders_per_minute: 60 },
      properties: {
        max_position_value: { anyOf: [...MONEY, { type: 'null' }], title: 'Position at most', description: 'Value of a position, in the quote currency' },
        max_order_value: { anyOf: [...MONEY, { type: 'null' }], title: 'Order at most', description: 'Value of one order, in the quote currency' },
        max_orders_per_minute: { type: 'integer', minimum: 1, maximum: 10000, default: 60, title: 'Orders a minute at most', description: 'More are denied' },
      },
    },
  },
}

/** An instrument list, as it is checked when no selector is used. */
export const INSTRUMENTS = { ...instruments, minItems: 1, maxItems: 500, uniqueItems: true } satisfies JsonObject
export const SELECTOR: JsonObject = {
  type: 'object',
  required: ['quote'],
  properties: {
    quote: { type: 'string', pattern: '^[A-Z0-9]{2,20}$', description: 'Every instrument against it: USDT, BTC …' },
    top: { type: 'integer', minimum: 1, maximum: 500, default: 20, description: 'This many, the most traded ones; read anew every hour' },
    exclude: { ...instruments, default: [], description: 'Never these' },
  },
}
export const FEEDS: JsonObject = {
  type: 'object',
  required: ['timeframe'],
  properties: { timeframe: { type: 'string', pattern: TIMEFRAME }, instruments: { ...instruments, default: [], description: "Empty: the bot's own" } },
}
export const EVERY_S: JsonObject = { type: 'number', minimum: 0.05, maximum: 86400, title: 'Interval', unit: 's' }
export const LABEL = '^[A-Za-z0-9._/-]{1,63}$'

const fields = new Map<string, Named>()
function remember(all: readonly Named[], at: Path): void {
  for (const named of all) {
    fields.set(pathText([...at, named.name]), named)
    if (named.field.kind === 'group') remember(named.field.fields, [...at, named.name])
  }
}
export const SPEC_FIELDS: readonly Named[] = fieldsOf(SPEC)
export const SELECTOR_FIELDS: readonly Named[] = fieldsOf(SELECTOR)
export const FEED_FIELDS: readonly Named[] = fieldsOf(FEEDS)
export const INSTRUMENTS_FIELD = fieldOf('instruments', INSTRUMENTS)
remember(SPEC_FIELDS, [])
remember(SELECTOR_FIELDS, ['instruments'])
remember([{ name: 'every_s', isRequired: true, field: fieldOf('every_s', EVERY_S) }], ['cycle'])

/** Return the field of a spec at a path, such as `risk.max_order_value`. */
export function specField(path: string): Named {
  const named = fields.get(path)
  if (named === undefined) throw new Error(`A spec has no field ${path}`)
  return named
}
