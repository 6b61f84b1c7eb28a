/** The colours of drawn charts: read from the page's own, and read again when these change. */
import { useSyncExternalStore } from 'react'

export interface ChartColors {
  up: string
  down: string
  text: string
  line: string
  accent: string
  warning: string
  surface: string
}

const read = (style: CSSStyleDeclaration, name: string): string => style.getPropertyValue(name).trim()

function current(): ChartColors {
  const style = getComputedStyle(document.documentElement)
  return {
    up: read(style, '--up'), down: read(style, '--down'), text: read(style, '--quiet'), line: read(style, '--line'),
    accent: read(style, '--mantine-color-sea-5'), warning: read(style, '--mantine-color-yellow-6'), surface: read(style, '--mantine-color-body'),
  }
}

let colors: ChartColors | undefined

/** What the colours depend on: dark or light, and how profit is told. */
function watch(tell: () => void): () => void {
  const observer = new MutationObserver(() => {
    colors = undefined
    tell()
  })
  observer.observe(document.documentElement, { attributeFilter: ['data-mantine-color-scheme', 'data-profit'] })
  return () => observer.disconnect()
}

export const useChartColors = (): ChartColors => useSyncExternalStore(watch, () => (colors ??= current()))
