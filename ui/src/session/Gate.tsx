/** Lets the dashboard appear once someone is signed in; asks for the token where nobody is; waits where the service is away. */
import { Center, Loader } from '@mantine/core'
import { useCallback, useEffect, useState, type ReactNode } from 'react'
import { onSignedOut } from '../api/client'
import { asProblem, type ApiProblem } from '../api/problems'
import { later } from '../components/later'
import { currentSession, signIn, takeToken, type Session } from './session'
import { SessionContext } from './context'

const SignIn = later(() => import('./SignIn'), 'SignIn')

type State = { kind: 'asking' } | { kind: 'out'; problem?: ApiProblem } | { kind: 'in'; session: Session }

const RETRY_MS = 2000
/** Nobody is there, or a proxy says so: that tells nothing of the session. */
const isAwayBy = ({ status }: ApiProblem): boolean => status === 0 || status >= 500

async function find(): Promise<State> {
  const token = takeToken()
  try {
    const session = token === undefined ? await currentSession() : await signIn(token)
    if (token !== undefined) {
      location.reload() // the browser's record of this page's loading still holds the token, readable by every script
      return { kind: 'asking' }
    }
    return session === undefined ? { kind: 'out' } : { kind: 'in', session }
  } catch (error) {
    return { kind: 'out', problem: asProblem(error) }
  }
}

export function Gate({ children }: { children: ReactNode }) {
  const [state, setState] = useState<State>({ kind: 'asking' })
  const look = useCallback(() => void find().then(setState), [])
  useEffect(() => {
    look()
    const forget = onSignedOut(() => setState({ kind: 'out' }))
    addEventListener('hashchange', look) // the link, opened once more in this tab
    return () => {
      forget()
      removeEventListener('hashchange', look)
    }
  }, [look])
  const isAway = state.kind === 'out' && state.problem !== undefined && isAwayBy(state.problem)
  useEffect(() => {
    if (!isAway) return
    const timer = setTimeout(look, RETRY_MS)
    return () => clearTimeout(timer)
  }, [isAway, look, state])

  if (state.kind === 'asking') return <Center mih="100dvh"><Loader aria-label="Loading" /></Center>
  if (state.kind === 'out') return <SignIn problem={state.problem} onSignedIn={(session) => setState({ kind: 'in', session })} />
  return <SessionContext value={state.session}>{children}</SessionContext>
}
