/** Where the open question appears, if there is one. */
import { useSyncExternalStore } from 'react'
import { later } from '../components/later'
import { openQuestion, watchQuestion } from './ask'

const ConfirmDialog = later(() => import('./ConfirmDialog'), 'ConfirmDialog', 'soon')

export function Confirm() {
  const question = useSyncExternalStore(watchQuestion, openQuestion)
  return question === undefined ? null : <ConfirmDialog question={question} />
}
