/** The virtual module `virtual:notices`: whose work the page is built from, read out of the lock file and the packages at build time. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'

interface Locked {
  packages: Record<string, { version?: string; license?: string; dev?: boolean; optional?: boolean; dependencies?: Record<string, string> }>
}
interface Work {
  name: string
  version: string
  licence: string
  text: string
}

const MODULE = 'virtual:notices'
// In the lock as someone's dependency, but types or tools alone: nothing of them is in the page.
const NOT_IN_THE_PAGE = /^(@types\/|csstype$|openapi-typescript-helpers$)/

/** Return a package's own licence text; empty where it has none. */
function licenceOf(folder: string): string {
  const name = readdirSync(folder).find((file) => /^licen[cs]e(\.(md|txt))?$/i.test(file))
  return name === undefined ? '' : readFileSync(join(folder, name), 'utf8').trim()
}

/** Return every package that a build may take something from: what the page depends on, and what that depends on. */
export function worksOf(root: string): Work[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Locked
  return Object.entries(lock.packages)
    .filter(([path, { dev, optional }]) => path.startsWith('node_modules/') && dev !== true && optional !== true)
    .map(([path, { version = '', license = '' }]) => ({ path, name: path.slice(path.lastIndexOf('node_modules/') + 13), version, licence: license }))
    .filter(({ name }) => !NOT_IN_THE_PAGE.test(name))
    .map(({ path, ...work }) => ({ ...work, text: licenceOf(join(root, path)) }))
    .sort((a, b) => a.name.localeCompare(b.name))
}

export function notices(): Plugin {
  let root = '.'
  return {
    name: 'notices',
    configResolved: (config) => { root = config.root },
    resolveId: (id) => (id === MODULE ? `\0${MODULE}` : undefined),
    load: (id) => (id === `\0${MODULE}` ? `export const works = ${JSON.stringify(worksOf(root))}` : undefined),
  }
}
