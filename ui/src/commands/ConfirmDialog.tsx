/** The dialogue of a question: what will happen, to whom, why, and where it is grave a word to type. */
import { Button, Code, Group, Modal, SegmentedControl, Stack, Text, TextInput } from '@mantine/core'
import { useState, type SyntheticEvent } from 'react'
import { useReturnFocus } from '../components/useReturnFocus'
import { harmWith, type OpenQuestion } from './ask'

export function ConfirmDialog({ question }: { question: OpenQuestion }) {
  useReturnFocus()
  return (
    <Modal opened onClose={() => question.answer(undefined)} title={question.title} centered>
      <Form key={question.title + question.subject} question={question} />
    </Modal>
  )
}

function Form({ question }: { question: OpenQuestion }) {
  const [reason, setReason] = useState('')
  const [typed, setTyped] = useState('')
  const [choices, setChoices] = useState(() => Object.fromEntries(question.choices.map(({ name, options }) => [name, options[0]?.value ?? ''])))
  const harm = harmWith(question, choices)
  const isTyped = harm.confirm !== 'typed' || typed.trim() === harm.phrase
  const submit = (event: SyntheticEvent) => {
    event.preventDefault()
    if (isTyped) question.answer({ reason: reason.trim(), choices })
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Text size="sm">{question.subject}</Text>
        <Text size="sm" className="quiet">{harm.consequence}</Text>
        {question.choices.map(({ name, label, options }) => (
          <div key={name}>
            <Text size="xs" fw={600} mb={4} id={`choice-${name}`}>{label}</Text>
            <SegmentedControl size="xs" fullWidth data={options.map(({ value, label: text }) => ({ value, label: text }))} value={choices[name] ?? ''} aria-labelledby={`choice-${name}`} onChange={(value) => setChoices({ ...choices, [name]: value })} />
          </div>
        ))}
        <TextInput label="Reason" description="Stands in the journal beside your name." placeholder="optional" value={reason} maxLength={500} data-autofocus={harm.confirm !== 'typed' || undefined} onChange={(event) => setReason(event.currentTarget.value)} />
        {harm.confirm === 'typed' && (
          <TextInput
            label={<>Type <Code>{harm.phrase}</Code> to confirm</>}
            value={typed} autoComplete="off" data-autofocus
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" size="sm" onClick={() => question.answer(undefined)}>Cancel</Button>
          <Button type="submit" size="sm" color={harm.confirm === 'typed' ? 'red' : 'sea'} disabled={!isTyped}>{question.confirmLabel}</Button>
        </Group>
      </Stack>
    </form>
  )
}
