/** Colours and type of the dashboard. */
import { createTheme, type MantineColorsTuple } from '@mantine/core'

const sea: MantineColorsTuple = ['#e5f7fb', '#d2ebf1', '#a7d6e2', '#79bfd2', '#54adc5', '#3ca1bd', '#2d9cb9', '#1b88a3', '#097993', '#006981']
const dark: MantineColorsTuple = ['#d5dbe2', '#b3bdc8', '#94a1af', '#6c7a89', '#4a5765', '#303b47', '#222b35', '#171e26', '#10161d', '#0b1015']

export const theme = createTheme({
  primaryColor: 'sea',
  primaryShade: { light: 8, dark: 6 },
  autoContrast: true,
  colors: { sea, dark },
  defaultRadius: 'md',
  cursorType: 'pointer',
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, "DejaVu Sans Mono", monospace',
  headings: { fontWeight: '650' },
  respectReducedMotion: true,
})
