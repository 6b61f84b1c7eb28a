/** The filters of a page, which are words in its address: a link shows the same to anyone. */
import { useNavigate, useSearch } from '@tanstack/react-router'

export type Words = Partial<Record<string, string>>

export function useWords(): [Words, (changes: Words) => void] {
  const words: Words = useSearch({ strict: false })
  const navigate = useNavigate()
  const change = (changes: Words) => {
    const search = Object.fromEntries(Object.entries({ ...words, ...changes }).filter(([, word]) => word !== undefined && word !== ''))
    void navigate({ to: '.', search, replace: true, resetScroll: false })
  }
  return [words, change]
}
