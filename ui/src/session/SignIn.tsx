/** The page of someone who is not signed in: says how to get in, and takes a token. */
import { Alert, Button, Center, Code, Group, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core'
import { CircleAlert, ShipWheel, Unplug } from 'lucide-react'
import { useState, type SyntheticEvent } from 'react'
import { asProblem, type ApiProblem } from '../api/problems'
import { signIn, type Session } from './session'

export function SignIn({ problem, onSignedIn }: { problem: ApiProblem | undefined; onSignedIn: (session: Session) => void }) {
  const [token, setToken] = useState('')
  const [answered, setRefused] = useState<ApiProblem>()
  const refused = answered ?? problem // the gate's own changes as it looks again
  const [isBusy, setIsBusy] = useState(false)
  const submit = async () => {
    setIsBusy(true)
    setRefused(undefined)
    try {
      const session = await signIn(token.trim())
      if (session !== undefined) onSignedIn(session)
    } catch (error) {
      setRefused(asProblem(error))
    } finally {
      setIsBusy(false)
    }
  }
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault()
    void submit()
  }
  return (
    <Center mih="100dvh" p="md" component="main">
      <Paper withBorder p="xl" maw={440} w="100%">
        <form onSubmit={onSubmit}>
          <Stack gap="md">
            <Group gap={10}><ShipWheel size={26} aria-hidden /><Title order={1} fz={22}>styrman</Title></Group>
            {refused !== undefined && <Refusal problem={refused} />}
            <Text size="sm" className="quiet">
              Open the link that <Code>styrman up</Code> printed, or paste its token here. A new token comes from <Code>styrman token reset</Code>.
            </Text>
            <PasswordInput label="Token" value={token} onChange={(event) => setToken(event.currentTarget.value)} autoComplete="off" required data-autofocus />
            <Button type="submit" loading={isBusy} disabled={token.trim() === ''}>Sign in</Button>
          </Stack>
        </form>
      </Paper>
    </Center>
  )
}

function Refusal({ problem }: { problem: ApiProblem }) {
  if (problem.isUnreachable || problem.status >= 500) return <Alert color="orange" icon={<Unplug size={18} />} title="The service does not answer">This page tries again every two seconds.</Alert>
  return <Alert color="red" icon={<CircleAlert size={18} />} title={problem.title}>{problem.message}</Alert>
}
