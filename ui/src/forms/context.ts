/** What the fields of a form share: the object that they are about, how to change it, and what is wrong with it. */
import { createContext, use } from 'react'
import { pathText, valueAt, type Json, type JsonObject, type Path } from './json'

export interface Form {
  value: JsonObject
  /** Put a value at a path; undefined takes it out, so that its default holds. */
  set: (path: Path, value: Json | undefined) => void
  /** What is wrong, by the path of the field that shows it. */
  problems: ReadonlyMap<string, readonly string[]>
  /** Texts that were meant to be JSON and are none yet, by path. */
  unread: ReadonlyMap<string, string>
  setUnread: (path: Path, text: string | undefined) => void
}

export const FormContext = createContext<Form | undefined>(undefined)

export function useForm(): Form {
  const form = use(FormContext)
  if (form === undefined) throw new Error('A field stands outside of a form')
  return form
}

export interface FieldState {
  value: Json | undefined
  set: (value: Json | undefined) => void
  /** What is wrong with it in one line; undefined where nothing is. */
  error: string | undefined
}

/** One field of the form around. */
export function useField(path: Path): FieldState {
  const form = useForm()
  const problems = form.problems.get(pathText(path))
  return { value: valueAt(form.value, path), set: (value) => form.set(path, value), error: problems?.join('. ') }
}
