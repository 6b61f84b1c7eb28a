/** A text that stands for a value, and stays as it is typed ("1.", "1.50") while the value is what it means. */
import { useState } from 'react'
import { numberOf } from './check'
import { brief, same, type Json } from './json'

/** What a typed number is: nothing, a number, or, where it is none, the text itself for the check to refuse. */
export const asNumber = (text: string): Json | undefined => (text.trim() === '' ? undefined : (numberOf(text) ?? text.trim()))
/** A decimal keeps its digits: it is written as a string. */
export const asDigits = (text: string): Json | undefined => (text.trim() === '' ? undefined : text.trim())
export const asText = (text: string): Json | undefined => (text === '' ? undefined : text)
export const textOf = (value: Json | undefined): string => (value === undefined || value === null ? '' : typeof value === 'string' ? value : brief(value))

/** Return the text to show and the function that takes a typed one. A value that changes from elsewhere replaces the text. */
export function useTyped(value: Json | undefined, read: (text: string) => Json | undefined, set: (value: Json | undefined) => void): [string, (text: string) => void] {
  const [text, setText] = useState(() => textOf(value))
  const [seen, setSeen] = useState(value)
  if (!same(seen, value)) {
    setSeen(value)
    if (!same(read(text) ?? null, value ?? null)) setText(textOf(value))
  }
  const type = (typed: string) => {
    setText(typed)
    set(read(typed))
  }
  return [text, type]
}

/** Tags as they are meant: what was pasted or filled in with commas is several. Words may hold spaces, other tags may not. */
export const splitTags = (tags: readonly string[], by: 'words' | 'all'): string[] =>
  tags.flatMap((tag) => tag.split(by === 'words' ? /[,;]/ : /[,;\s]+/)).map((tag) => tag.trim()).filter((tag) => tag !== '')
