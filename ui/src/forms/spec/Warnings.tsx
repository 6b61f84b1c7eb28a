/** What the service wants minded of a spec that it would take. */
import { Alert, Text } from '@mantine/core'
import { TriangleAlert } from 'lucide-react'

export function Warnings({ title, warnings }: { title: string; warnings: readonly string[] }) {
  return (
    <Alert color="yellow" variant="outline" icon={<TriangleAlert size={16} />} title={title}>
      {warnings.map((warning) => <Text key={warning} size="sm" mt={2}>{sentence(warning)}</Text>)}
    </Alert>
  )
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`
