/** Labels as tags `name=value`. A change of them alone restarts nothing. */
import { TagsInput } from '@mantine/core'
import { useField } from '../context'
import { isObject } from '../json'
import { splitTags } from '../typed'
import { labelsOf, tagsOf } from './labels'

export function LabelsInput() {
  const { value, set, error } = useField(['labels'])
  return (
    <TagsInput
      label="Labels" description="name=value; to find and group bots by" placeholder="team=alpha" error={error} value={tagsOf(isObject(value) ? value : {})}
      splitChars={[',', ' ', ';']} inputWrapperOrder={['label', 'input', 'description', 'error']} onChange={(tags) => set(labelsOf(splitTags(tags, 'all')))}
    />
  )
}
