import { env } from 'node:process'
import react from '@vitejs/plugin-react'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'
import { notices } from './scripts/notices.ts'

/** `vite` alone serves the page itself: it fills in what the service fills in else. */
const placeholders: Plugin = {
  name: 'placeholders',
  apply: 'serve',
  transformIndexHtml: { order: 'pre', handler: (html) => html.replace('__BASE__', '/').replace('__NONCE__', '') },
}

// Relative addresses throughout: the same files are served at "/" and under a host application's prefix.
export default defineConfig({
  base: './',
  plugins: [react(), placeholders, notices()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // the policy allows no data: scripts, fonts or styles
    modulePreload: { polyfill: false },
    manifest: 'manifest.json', // scripts/budget.mjs weighs by it
    chunkSizeWarningLimit: 700,
    // What the entry needs at once comes as one file, not as twenty with their headers; shared parts of later pages stay apart.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'first', test: /src\/main\.tsx$/ }] } } },
  },
  worker: { format: 'es' },
  // The host stays as it was asked for: the service refuses writes whose origin is another one.
  server: { proxy: { '/api': { target: env.STYRMAN_URL ?? 'http://127.0.0.1:8080', changeOrigin: false } } },
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
})
