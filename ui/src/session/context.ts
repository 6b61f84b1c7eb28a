/** The session, for whoever below the gate wants to know. */
import { createContext, use } from 'react'
import type { Session } from './session'

export const SessionContext = createContext<Session | undefined>(undefined)

export function useSession(): Session {
  const session = use(SessionContext)
  if (session === undefined) throw new Error('There is no session outside the gate.')
  return session
}
