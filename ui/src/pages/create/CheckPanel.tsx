/** What the service says of the draft, and the buttons that make a bot of it. */
import { Alert, Badge, Button, Code, Group, Stack, Text, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { CircleCheck, Play, Plus, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { notifications } from '@mantine/notifications'
import type { Schemas } from '../../api/client'
import { asProblem } from '../../api/problems'
import { ask } from '../../commands/ask'
import { harmOf } from '../../commands/harm'
import { command } from '../../commands/send'
import { ModeBadge } from '../../components/Badges'
import { Panel } from '../../components/Panel'
import { same, type JsonObject } from '../../forms/json'
import { ProblemAlert } from '../../forms/spec/ProblemAlert'
import { Warnings } from '../../forms/spec/Warnings'
import { checkSpec, createBot, faultsOfProblem } from '../../forms/spec/specRequests'
import { focusFirstFault, wrongText } from '../../forms/spec/wrong'
import type { SpecForm } from '../../forms/spec/useSpecForm'
import { live } from '../../live/live'

type Checked = Schemas['SpecCheck']
interface Props {
  spec: JsonObject
  state: SpecForm
  onCreated: () => void
}

export function CheckPanel({ spec, state, onCreated }: Props) {
  const check = useMutation({
    mutationFn: (asked: JsonObject) => checkSpec(asked, false),
    onError: (error) => {
      state.tell(faultsOfProblem(asProblem(error)) ?? [])
      focusFirstFault()
    },
  })
  const isCurrent = check.variables !== undefined && same(check.variables, spec)
  const begin = () => {
    check.reset()
    if (state.isReady()) check.mutate(spec)
    else focusFirstFault()
  }
  const isOther = isCurrent && check.isError && faultsOfProblem(asProblem(check.error)) === undefined
  return (
    <Stack gap="sm" pos="sticky" top={64}>
      <Panel title="Check">
        <Stack gap="sm" aria-live="polite">
          <Text size="sm" className="quiet">Asks the service whether it would take this, and what to mind. Nothing is stored.</Text>
          {state.wrong > 0 && <Alert color="red" p="xs" icon={<TriangleAlert size={16} />}>{wrongText(state)}</Alert>}
          {isOther && <ProblemAlert error={check.error} />}
          {check.data !== undefined && !isCurrent && <Text size="sm">Changed since it was checked.</Text>}
          <Button variant={isCurrent && check.isSuccess ? 'default' : 'filled'} onClick={begin} loading={check.isPending} fullWidth>{check.data === undefined ? 'Check' : 'Check again'}</Button>
        </Stack>
      </Panel>
      {check.data !== undefined && isCurrent && <Create checked={check.data} spec={spec} state={state} onCreated={onCreated} />}
    </Stack>
  )
}

function Create({ checked, spec, state, onCreated }: Props & { checked: Checked }) {
  const navigate = useNavigate()
  const [reason, setReason] = useState('')
  const id = String(checked.spec.id)
  const create = useMutation({
    mutationFn: async (isStarted: boolean) => {
      const why = isStarted ? await whyStarted(id, checked.mode, reason.trim()) : reason.trim()
      if (why === undefined) return
      const bot = await createBot(spec, why)
      live.refresh([bot.id])
      onCreated()
      if (isStarted) void command(bot.id, 'start', why)
      else notifications.show({ color: 'teal', title: `${bot.id}: created`, message: 'It is stopped until someone starts it.', autoClose: 5000 })
      await navigate({ to: '/bots/$botId', params: { botId: bot.id } })
    },
    onError: (error) => state.tell(faultsOfProblem(asProblem(error)) ?? []),
  })
  return (
    <Panel title="Create" aside={<Group gap={6}><ModeBadge mode={checked.mode} />{checked.currency !== '' && <Badge size="sm" radius="sm" variant="default">{checked.currency}</Badge>}</Group>}>
      <Stack gap="sm">
        {checked.warnings.length === 0
          ? <Alert color="teal" p="xs" icon={<CircleCheck size={16} />}>The service would take it. Nothing to mind.</Alert>
          : <Warnings title="The service would take it; mind this" warnings={checked.warnings} />}
        {create.isError && <ProblemAlert error={create.error} />}
        <TextInput label="Reason" placeholder="optional" description="Stands in the journal beside your name." value={reason} maxLength={500} onChange={(event) => setReason(event.currentTarget.value)} inputWrapperOrder={['label', 'input', 'description', 'error']} />
        <Button leftSection={<Play size={16} />} onClick={() => create.mutate(true)} loading={create.isPending && create.variables} disabled={create.isPending} {...(checked.mode === 'live' ? { color: 'red' } : {})}>Create and start</Button>
        <Button variant="default" leftSection={<Plus size={16} />} onClick={() => create.mutate(false)} loading={create.isPending && !create.variables} disabled={create.isPending}>Create stopped</Button>
        <details>
          <summary><Text size="sm" component="span">As it would be stored</Text></summary>
          <Code block mt={6} fz="xs">{JSON.stringify(checked.spec, null, 2)}</Code>
        </details>
      </Stack>
    </Panel>
  )
}

/** Return why it is started; undefined where it is not: real money is only traded once someone typed that they mean it. */
async function whyStarted(id: string, mode: Checked['mode'], reason: string): Promise<string | undefined> {
  if (mode !== 'live') return reason
  const harm = harmOf('start', { ids: [id], modes: [mode], withPositions: 0 })
  const answer = await ask({ title: `Create and start ${id}`, harm, subject: `Bot ${id}: real money; no open position.`, choices: [], confirmLabel: `Create and start ${id}` })
  return answer === undefined ? undefined : answer.reason || reason
}
