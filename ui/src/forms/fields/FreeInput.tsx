/** Anything that no other field can draw: JSON as it is, checked while it is typed. */
import { Textarea } from '@mantine/core'
import { useState } from 'react'
import { useForm } from '../context'
import { pathText, same, type Json, type Path } from '../json'

interface Props {
  label: string
  hint: string
  path: Path
  value: Json | undefined
  placeholder: string
  error: string | undefined
  isRequired?: boolean
  set: (value: Json | undefined) => void
}

const pretty = (value: Json | undefined): string => (value === undefined ? '' : JSON.stringify(value, null, 2))

/** Return the value of a text; undefined of an empty one. Throws SyntaxError. */
export const parsed = (text: string): Json | undefined => (text.trim() === '' ? undefined : (JSON.parse(text) as Json))

export function FreeInput({ label, hint, path, value, placeholder, error, isRequired = false, set }: Props) {
  const form = useForm()
  const unread = form.unread.get(pathText(path))
  const [text, setText] = useState(() => unread ?? pretty(value))
  const [seen, setSeen] = useState(value)
  if (!same(seen, value)) {
    setSeen(value)
    if (!says(text, value)) setText(pretty(value))
  }
  const type = (typed: string) => {
    setText(typed)
    try {
      const next = parsed(typed)
      form.setUnread(path, undefined)
      set(next)
    } catch {
      form.setUnread(path, typed)
    }
  }
  return (
    <Textarea
      label={label} description={hint} placeholder={placeholder} value={text} autosize minRows={2} maxRows={14} withAsterisk={isRequired} spellCheck={false}
      error={unread === undefined ? error : 'This is not JSON yet'} classNames={{ input: 'mono' }} inputWrapperOrder={['label', 'input', 'description', 'error']}
      onChange={(event) => type(event.currentTarget.value)}
    />
  )
}

function says(text: string, value: Json | undefined): boolean {
  try {
    return same(parsed(text), value)
  } catch {
    return false
  }
}
