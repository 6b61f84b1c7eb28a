/** Asking before a command: the one question that may be open, as a small store; `Confirm.tsx` draws it. */
import type { Harm } from './harm'

export interface Answer {
  reason: string
  choices: Record<string, string>
}
export interface Choice {
  name: string
  label: string
  /** Each with its own harm, where choosing it does more of it than the command itself. */
  options: { value: string; label: string; harm?: Harm }[]
}
export interface Question {
  title: string
  harm: Harm
  /** Whom it concerns, in a line. */
  subject: string
  /** Options of the command, each with its first value chosen. */
  choices: Choice[]
  confirmLabel: string
}
export interface OpenQuestion extends Question {
  answer: (answer: Answer | undefined) => void
}

/** Return the harm of the command with what is chosen. */
export function harmWith({ harm, choices }: Pick<Question, 'harm' | 'choices'>, chosen: Record<string, string>): Harm {
  const options = choices.flatMap(({ name, options }) => options.filter(({ value }) => value === chosen[name]))
  return options.find((option) => option.harm !== undefined)?.harm ?? harm
}

let open: OpenQuestion | undefined
const watchers = new Set<() => void>()

export const openQuestion = (): OpenQuestion | undefined => open
export function watchQuestion(watcher: () => void): () => void {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}

/** Ask; return the answer, or undefined where it was thought better of. What can do no harm is not asked. */
export function ask(question: Question): Promise<Answer | undefined> {
  const defaults = Object.fromEntries(question.choices.map(({ name, options }) => [name, options[0]?.value ?? '']))
  if (question.harm.confirm === 'none') return Promise.resolve({ reason: '', choices: defaults })
  open?.answer(undefined)
  return new Promise((resolve) => {
    const answer = (given: Answer | undefined) => {
      open = undefined
      watchers.forEach((tell) => tell())
      resolve(given)
    }
    open = { ...question, answer }
    watchers.forEach((tell) => tell())
  })
}
