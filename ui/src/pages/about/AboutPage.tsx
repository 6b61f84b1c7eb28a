/** About: what this is, under which licence, by whose work, how the keyboard steers it, where the documentation is. */
import { Anchor, Button, Code, Kbd, SimpleGrid, Stack, Text } from '@mantine/core'
import { lazy, Suspense, useState } from 'react'
import { addressOf } from '../../api/base'
import { patiently } from '../../components/patience'
import { PageTitle, Panel } from '../../components/Panel'
import { Loading } from '../../components/Situations'
import { useSession } from '../../session/context'
import classes from './about.module.css'
import { SHORTCUTS } from './keys'

const Notices = lazy(() => patiently(() => import('./Notices')).then((loaded) => ({ default: loaded.Notices })))

export function AboutPage() {
  const { version, actor } = useSession()
  return (
    <Stack gap="sm">
      <PageTitle>About</PageTitle>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="sm">
        <Panel title="styrman">
          <Text size="sm">The control plane for trading bots, version <strong>{version}</strong>. <i>Styrman</i> is Swedish for helmsman.</Text>
          <Text size="sm" mt="xs">Licensed under the <Anchor size="sm" underline="always" href="https://www.apache.org/licenses/LICENSE-2.0" rel="noreferrer">Apache License 2.0</Anchor>, without warranty of any kind. You are signed in as <strong>{actor}</strong>.</Text>
        </Panel>
        <Panel title="Documentation">
          <Text size="sm">The folder <Code>docs</Code> of the source holds the manual: concepts, strategies, orders, operations, security, embedding. <Code>make docs</Code> makes it a site.</Text>
          <Text size="sm" mt="xs">The interface that this page uses, and any script may: <Anchor size="sm" underline="always" href={addressOf('openapi.json')}>openapi.json</Anchor>. On the command line: <Code>styrman --help</Code>.</Text>
        </Panel>
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="sm">
        <Keyboard />
        <Works />
      </SimpleGrid>
    </Stack>
  )
}

function Keyboard() {
  return (
    <Panel title="Keyboard">
      <table className={classes.keys}>
        <thead><tr><th scope="col">Keys</th><th scope="col">What they do</th></tr></thead>
        <tbody>
          {SHORTCUTS.map(({ keys, isSequence, does }) => (
            <tr key={keys.join()}>
              <td>{keys.map((key, at) => <span key={key}>{at > 0 && <span className="quiet">{isSequence === true ? ' then ' : ' + '}</span>}<Kbd size="xs">{key}</Kbd></span>)}</td>
              <td>{does}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  )
}

function Works() {
  const [isOpen, setOpen] = useState(false)
  return (
    <Panel title="By the work of others">
      <Text size="sm">Charts of bots:</Text>
      <blockquote className={classes.notice}>
        TradingView Lightweight Charts™<br />
        Copyright (с) 2025 TradingView, Inc. <Anchor size="sm" underline="always" href="https://www.tradingview.com/" rel="noreferrer">https://www.tradingview.com/</Anchor>
      </blockquote>
      <Text size="sm">Typeface: Inter, copyright 2016 The Inter Project Authors, under the SIL Open Font License 1.1. Everything that this page is built from, with its licence:</Text>
      {isOpen
        ? <Suspense fallback={<Loading rows={8} height={22} />}><Notices /></Suspense>
        : <Button size="xs" variant="default" mt="xs" onClick={() => setOpen(true)}>Show all notices</Button>}
    </Panel>
  )
}
