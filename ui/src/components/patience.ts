/** Loads parts of the dashboard that come late, though the service may be away just then: waits for it and tries again. */
import { addressOf } from '../api/base'
import { ApiProblem } from '../api/problems'

const PAUSE_MS = 1000

/** What `patiently` needs of the world; tests have their own. */
export interface World {
  /** Whether the service answers at all. */
  answers: () => Promise<boolean>
  /** Ask anew for style sheets that did not come: Vite asks for each only once. */
  mendStyles: () => void
  pause: () => Promise<void>
}

const PAGE: World = {
  answers: () => fetch(addressOf('api/v1/session'), { credentials: 'same-origin' }).then(({ status }) => status < 500, () => false),
  mendStyles: () => {
    for (const link of document.querySelectorAll<HTMLLinkElement>('link[rel=stylesheet]')) if (link.sheet === null) link.replaceWith(link.cloneNode())
  },
  pause: () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS)),
}

/** Return what is loaded, however long the service is away. Throws where it is there and has no such part: it is of another version now. */
export async function patiently<T>(load: () => Promise<T>, world: World = PAGE): Promise<T> {
  let failures = 0
  let refusals = 0
  for (;;) {
    try {
      const loaded = await load()
      if (failures > 0) world.mendStyles()
      return loaded
    } catch {
      failures += 1
      if (await world.answers()) refusals += 1
      if (refusals > 1) throw new ApiProblem(-1, 'other_version', 'The service was updated', 'This page is of the version before, and a part of it is not there any more. Load it anew.')
      await world.pause()
    }
  }
}
