/** What can go wrong with a request, as one error type that every page knows how to show. */
import type { components } from './schema'

export type ProblemView = components['schemas']['ProblemView']
export interface FieldProblem {
  loc: (string | number)[]
  message: string
}

/** The service answered with a problem (RFC 9457), or did not answer at all (status 0). */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem'
  readonly status: number
  readonly code: string
  readonly title: string
  readonly fields: FieldProblem[]

  constructor(status: number, code: string, title: string, detail: string, fields: FieldProblem[] = []) {
    super(detail)
    this.status = status
    this.code = code
    this.title = title
    this.fields = fields
  }

  get isUnreachable(): boolean {
    return this.status === 0
  }
}

/** Return the problem of a body that the service, or a proxy in front of it, answered with. */
export function problemOf(status: number, body: unknown): ApiProblem {
  if (typeof body === 'object' && body !== null && 'detail' in body) {
    const { code, title, detail, errors } = body as Partial<ProblemView>
    return new ApiProblem(status, code ?? 'unknown', title ?? `HTTP ${status}`, detail ?? '', errors ?? [])
  }
  return new ApiProblem(status, 'unknown', `HTTP ${status}`, 'The answer did not come from styrman; is there a proxy in between?')
}

export const unreachable = (): ApiProblem =>
  new ApiProblem(0, 'unreachable', 'No answer', 'The service does not answer. It may be restarting; this page tries again by itself.')

/** Return any thrown value as a problem. */
export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error
  return new ApiProblem(-1, 'page', 'Error in this page', error instanceof Error ? error.message : String(error))
}
