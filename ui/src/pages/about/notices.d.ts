/** What scripts/notices.ts makes at build time. */
declare module 'virtual:notices' {
  export const works: { name: string; version: string; licence: string; text: string }[]
}
