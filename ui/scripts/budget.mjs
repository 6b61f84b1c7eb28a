/** What a build weighs, gzipped, against its budget, and whether each chunk comes with the component styles that it uses. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const BUDGETS = { first: 260, chart: 100 } // kB of 1,000 bytes
const dist = process.argv[2] ?? 'dist'
const manifest = JSON.parse(readFileSync(join(dist, 'manifest.json'), 'utf8'))
const read = (file) => readFileSync(join(dist, file))
const weigh = (files) => [...files].reduce((sum, file) => sum + (file.endsWith('.woff2') ? read(file).length : gzipSync(read(file), { level: 9 }).length), 0)

/** The files that come with a chunk: itself, what it imports, and their styles. */
function closure(key, seen = new Set(), files = new Set()) {
  if (seen.has(key)) return files
  seen.add(key)
  const chunk = manifest[key]
  files.add(chunk.file)
  for (const css of chunk.css ?? []) files.add(css)
  for (const next of chunk.imports ?? []) closure(next, seen, files)
  return files
}

const find = (part) => Object.keys(manifest).find((key) => key.includes(part))
const fonts = readdirSync(join(dist, 'assets')).filter((name) => /inter-latin-wght/.test(name)).map((name) => `assets/${name}`)
const workers = readdirSync(join(dist, 'assets')).filter((name) => /worker/.test(name)).map((name) => `assets/${name}`)
const named = [...read('index.html').toString().matchAll(/assets\/[^"]+/g)].map(([file]) => file)
const entries = Object.keys(manifest).filter((key) => named.includes(manifest[key].file))
const first = new Set([...entries.flatMap((key) => [...closure(key)]), 'index.html', ...fonts, ...workers])
const more = closure(find('mantine-more'))
// A bot's page as it opens: with its charts, without its other tabs.
const chart = new Set([...closure(find('pages/bot/BotPage')), ...closure(find('charts/CandleChart')), ...closure(find('charts/EquityChart')), ...more].filter((file) => !first.has(file)))

let failed = false
for (const [name, files] of Object.entries({ first, chart })) {
  const kilobytes = weigh(files) / 1000
  console.log(`${name} load: ${kilobytes.toFixed(1)} kB gzipped, budget ${BUDGETS[name]} kB, ${files.size} files`)
  failed ||= kilobytes > BUDGETS[name]
}

const classesIn = (files, pattern) => new Set([...files].filter((file) => pattern.test(file)).flatMap((file) => read(file).toString().match(/m_[0-9a-f]{6,8}\b/g) ?? []))
const library = readFileSync('node_modules/@mantine/core/styles.css', 'utf8') + readFileSync('node_modules/@mantine/notifications/styles.css', 'utf8')
const styled = new Set(library.match(/m_[0-9a-f]{6,8}\b/g))
const everything = new Set([...readdirSync(join(dist, 'assets')).map((name) => `assets/${name}`)])
for (const [name, files, styles] of [['first', first, first], ['all', everything, everything]]) {
  const missing = [...classesIn(files, /\.js$/)].filter((each) => styled.has(each) && !classesIn(styles, /\.css$/).has(each))
  if (missing.length > 0) console.log(`${name} load uses component styles that it does not bring: ${missing.join(' ')}`)
  failed ||= missing.length > 0
}
process.exit(failed ? 1 : 0)
