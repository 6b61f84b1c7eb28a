/** What the browser can say against a spec before it is sent: every limit of its fields and of its strategy's parameters. */
import { faultsOf, type Fault } from '../check'
import { isList, isObject, type Json, type JsonObject, type Path } from '../json'
import type { Named } from '../schema'
import { FEED_FIELDS, INSTRUMENTS_FIELD, LABEL, SELECTOR_FIELDS, SPEC_FIELDS, specField } from './specSchema'

/** Return the faults of a spec; `parameters` undefined where its strategy's are not known. */
export function specFaults(spec: JsonObject, parameters: readonly Named[] | undefined): Fault[] {
  const params = isObject(spec.params) ? spec.params : {}
  return [
    ...faultsOf(SPEC_FIELDS, spec).filter(({ loc }) => loc[0] !== 'instruments'),
    ...workFaults(spec),
    ...(parameters === undefined ? [] : faultsOf(parameters, params, ['params'])),
    ...instrumentFaults(spec.instruments),
    ...cycleFaults(spec.cycle),
    ...labelFaults(spec.labels),
    ...(isList(spec.feeds) ? spec.feeds.flatMap((feed, place) => (isObject(feed) ? faultsOf(FEED_FIELDS, feed, ['feeds', place]) : [])) : []),
  ]
}

function workFaults(spec: JsonObject): Fault[] {
  const isMain = spec.main !== undefined && spec.main !== null
  const work = isMain ? spec.main : spec.strategy
  return work === undefined || work === null ? [{ loc: [isMain ? 'main' : 'strategy'], message: 'Must be given' }] : []
}

function instrumentFaults(instruments: Json | undefined): Fault[] {
  if (isObject(instruments)) return faultsOf(SELECTOR_FIELDS, instruments, ['instruments'])
  return faultsOf([{ name: 'instruments', isRequired: true, field: INSTRUMENTS_FIELD }], instruments === undefined ? {} : { instruments })
}

function cycleFaults(cycle: Json | undefined): Fault[] {
  if (!isObject(cycle) || cycle.on === 'candle') return []
  const loc: Path = ['cycle', 'every_s']
  return faultsOf([specField('cycle.every_s')], cycle, ['cycle']).map(({ message }) => ({ loc, message }))
}

function labelFaults(labels: Json | undefined): Fault[] {
  const fits = new RegExp(LABEL)
  return Object.entries(isObject(labels) ? labels : {})
    .filter(([name, value]) => !fits.test(name) || typeof value !== 'string' || !fits.test(value))
    .map(([name]) => ({ loc: ['labels', name], message: 'Letters, digits and . _ / - only, at most 63, on both sides of the =' }))
}
