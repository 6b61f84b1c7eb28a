/** Who is signed in. The token comes by the link's fragment, is exchanged for a cookie that no script can read, and is forgotten. */
import { addressOf } from '../api/base'
import { ApiProblem, problemOf, unreachable } from '../api/problems'

export interface Session {
  actor: string
  sign_in: 'cookie' | 'bearer' | 'host'
  expires_at: string | null
  version: string
}

/** Take the token out of the address, so that it stands neither in the history nor in a copied link. */
export function takeToken(): string | undefined {
  const token = new URLSearchParams(location.hash.slice(1)).get('token') ?? undefined
  if (token !== undefined) history.replaceState(null, '', location.pathname + location.search)
  return token
}

/** Return the session; undefined where nobody is signed in. Throws ApiProblem where that can't be told. */
export async function currentSession(): Promise<Session | undefined> {
  try {
    return await ask('GET')
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) return undefined
    throw error
  }
}

export const signIn = (token: string): Promise<Session | undefined> => ask('POST', { token })

export async function signOut(): Promise<void> {
  await ask('DELETE')
}

async function ask(method: string, body?: object): Promise<Session | undefined> {
  const init: RequestInit = { method, credentials: 'same-origin' }
  if (body !== undefined) Object.assign(init, { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
  const response = await fetch(addressOf('api/v1/session'), init).catch(() => {
    throw unreachable()
  })
  if (response.status === 204) return undefined
  const answer: unknown = await response.json().catch(() => undefined)
  if (!response.ok) throw problemOf(response.status, answer)
  return answer as Session
}
