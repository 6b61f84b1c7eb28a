/** A refusal that no field shows: what was refused and why. */
import { Alert } from '@mantine/core'
import { asProblem } from '../../api/problems'

export function ProblemAlert({ error }: { error: unknown }) {
  const problem = asProblem(error)
  return <Alert color="red" title={problem.title} role="alert">{problem.message}</Alert>
}
