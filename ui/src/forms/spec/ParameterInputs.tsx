/** A strategy's parameters: its own first, then what guards each position, then whatever the schema does not know. */
import { Alert, Stack, Text } from '@mantine/core'
import { Panel } from '../../components/Panel'
import { useField } from '../context'
import { FieldGrid } from '../fields/FieldInput'
import { FreeInput } from '../fields/FreeInput'
import { isObject, without, type JsonObject } from '../json'
import type { Named } from '../schema'
import { GUARDS } from './shown'

export function ParameterInputs({ fields }: { fields: readonly Named[] | undefined }) {
  const { value, set, error } = useField(['params'])
  const params = isObject(value) ? value : {}
  const names = (fields ?? []).map(({ name }) => name)
  const own = (fields ?? []).filter(({ name }) => !GUARDS.includes(name))
  const guards = (fields ?? []).filter(({ name }) => GUARDS.includes(name))
  const further = without(params, ...names)
  const setFurther = (next: JsonObject) => set({ ...Object.fromEntries(Object.entries(params).filter(([name]) => names.includes(name))), ...next })
  return (
    <Panel title="Parameters">
      <Stack gap="sm">
        {error !== undefined && <Alert color="red" p="xs" role="alert">{error}</Alert>}
        {fields !== undefined && own.length === 0 && <Text size="sm" className="quiet">It has no parameters of its own.</Text>}
        {own.length > 0 && <FieldGrid fields={own} at={['params']} />}
        {guards.length > 0 && <Text size="xs" fw={600} className="quiet" component="h3" mb={-4}>Guards of each position</Text>}
        {guards.length > 0 && <FieldGrid fields={guards} at={['params']} />}
        {(fields === undefined || Object.keys(further).length > 0) && (
          <FreeInput
            label={fields === undefined ? 'Parameters' : 'Further parameters'} path={['params']} value={Object.keys(further).length === 0 ? undefined : further} placeholder="{}" error={undefined}
            hint={fields === undefined ? 'What may be set is not known here: JSON, an object' : 'The strategy does not describe these: JSON, an object'}
            set={(next) => setFurther(isObject(next) ? next : {})}
          />
        )}
      </Stack>
    </Panel>
  )
}
