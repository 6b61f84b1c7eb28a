/** Colours and type of the dashboard. */
import { createTheme, type MantineColorsTuple } from '@mantine/core'

const sea: MantineColorsTuple = ['#e5f7fb', '#d2ebf1', '#a7d6e2', '#79bfd2', '#54adc5', '#3ca1bd', '#2d9cb9', '#1b88a3', '#097993', '#006981']
const dark: MantineColorsTuple = ['#d5dbe2', '#b3bdc8', '#94a1af', '#6c7a89', '#4a5765', '#303b47', '#222b35', '#171e26', '#10161d', '#0b1015']

const named = { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } }

export const theme = createTheme({
  primaryColor: 'sea',
  primaryShade: 8, // in the dark too: what is written on it is chosen once for both
  autoContrast: true,
  luminanceThreshold: 0.185, // where black begins to be read better than white
  colors: { sea, dark },
  defaultRadius: 'md',
  cursorType: 'pointer',
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, "DejaVu Sans Mono", monospace',
  headings: { fontWeight: '650' },
  respectReducedMotion: true,
  components: { Modal: named, Drawer: named, Notification: named },
})
