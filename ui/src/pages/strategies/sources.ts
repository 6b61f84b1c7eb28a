/** Where strategies come from, in words. */
export const SOURCES: Readonly<Record<string, string>> = {
  shipped: 'Comes with styrman',
  home: "A file of the home's strategies folder",
  installed: 'From an installed package',
}
