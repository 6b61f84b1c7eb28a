/** A bot's spec as a form: what runs, where, with how much, within which limits. Shared by new bots and the spec tab. */
import { Accordion, Alert, Stack, Text } from '@mantine/core'
import { useMemo } from 'react'
import type { Schemas } from '../../api/client'
import { Panel } from '../../components/Panel'
import { FormContext } from '../context'
import { FieldInput, Pairs } from '../fields/FieldInput'
import { isList, pathText, type JsonObject } from '../json'
import { fieldsOf, type Named } from '../schema'
import { CycleInput } from './CycleInput'
import { currencyOf } from './drafts'
import { FeedsInput } from './FeedsInput'
import { InstrumentsInput } from './InstrumentsInput'
import { LabelsInput } from './LabelsInput'
import { ParameterInputs } from './ParameterInputs'
import { isMain } from './shown'
import { specField } from './specSchema'
import type { SpecForm } from './useSpecForm'
import { VenueInput } from './VenueInput'
import { WorkInput } from './WorkInput'

export type Strategy = Schemas['StrategyView']
export type Venue = Schemas['VenueView']

/** The fields of a strategy's parameters; undefined where they are not known (another name, a main, a broken file). */
export function useParameters(spec: JsonObject, strategies: readonly Strategy[]): readonly Named[] | undefined {
  const schema = isMain(spec) ? undefined : strategies.find(({ name }) => name === spec.strategy)?.parameters
  return useMemo(() => (schema == null ? undefined : fieldsOf(schema as JsonObject)), [schema])
}

interface Props {
  state: SpecForm
  strategies: readonly Strategy[]
  venues: readonly Venue[]
  parameters: readonly Named[] | undefined
  /** Choose another strategy by its name. */
  onStrategy: (name: string) => void
  /** The id's field: typed for a new bot, told for one that is there. */
  id: React.ReactNode
}

export function SpecFields({ state: { form, rest }, strategies, venues, parameters, onStrategy, id }: Props) {
  const spec = form.value
  return (
    <FormContext value={form}>
      <Stack gap="sm">
        {rest.length > 0 && (
          <Alert color="red" title="Cannot be taken like this">
            {rest.map(({ loc, message }) => <div key={pathText(loc) + message}>{loc.length > 0 && <b>{pathText(loc)}: </b>}{message}</div>)}
          </Alert>
        )}
        <Panel title="What runs"><Stack gap="sm">{id}<WorkInput strategies={strategies} onStrategy={onStrategy} /></Stack></Panel>
        <ParameterInputs fields={parameters} />
        <Panel title="Where it trades">
          <Stack gap="sm"><VenueInput venues={venues} /><InstrumentsInput /><FieldInput named={specField('timeframe')} at={[]} /></Stack>
        </Panel>
        <Panel title="Money and limits"><Limits currency={currencyOf(spec.instruments)} /></Panel>
        <Panel title="How it runs">
          <Stack gap="sm">
            <CycleInput />
            <Pairs>
              <FieldInput named={specField('restart.policy')} at={['restart']} />
              <FieldInput named={specField('compute')} at={[]} />
            </Pairs>
            <LabelsInput />
          </Stack>
        </Panel>
        <Feeds count={isList(spec.feeds) ? spec.feeds.length : 0} isFaulty={form.problems.has('feeds')} />
      </Stack>
    </FormContext>
  )
}

function Limits({ currency }: { currency: string }) {
  return (
    <Pairs>
      <FieldInput named={specField('capital')} at={[]} unit={currency} />
      <FieldInput named={specField('max_open')} at={[]} />
      <FieldInput named={specField('risk.max_position_value')} at={['risk']} unit={currency} />
      <FieldInput named={specField('risk.max_order_value')} at={['risk']} unit={currency} />
      <FieldInput named={specField('risk.max_orders_per_minute')} at={['risk']} />
    </Pairs>
  )
}

/** Seldom needed, so folded; open from the start where there is something in it. */
function Feeds({ count, isFaulty }: { count: number; isFaulty: boolean }) {
  return (
    <Accordion variant="contained" defaultValue={count > 0 ? 'feeds' : null}>
      <Accordion.Item value="feeds">
        <Accordion.Control><Text size="sm" fw={600} component="span">Further candles{count > 0 && ` (${count})`}</Text>{isFaulty && <Text size="xs" c="var(--mantine-color-error)"> Something is wrong in here</Text>}</Accordion.Control>
        <Accordion.Panel><FeedsInput /></Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  )
}
