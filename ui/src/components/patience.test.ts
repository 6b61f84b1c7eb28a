import { describe, expect, it } from 'vitest'
import { patiently, type World } from './patience'

/** A world whose service is away for so many looks. */
function worldOf(away: number): World & { mended: number; pauses: number } {
  let looks = 0
  const world = {
    mended: 0,
    pauses: 0,
    answers: () => Promise.resolve(++looks > away),
    mendStyles: () => { world.mended += 1 },
    pause: () => { world.pauses += 1; return Promise.resolve() },
  }
  return world
}

/** Loading that fails so many times. */
function failing(times: number): () => Promise<string> {
  let tries = 0
  return () => (++tries > times ? Promise.resolve('part') : Promise.reject(new TypeError('Failed to fetch')))
}

describe('loading a part', () => {
  it('waits for a service that is away, however long', async () => {
    const world = worldOf(50)

    expect(await patiently(failing(50), world)).toBe('part')
    expect(world.pauses).toBe(50)
  })

  it('asks anew for the styles that did not come', async () => {
    const world = worldOf(1)
    await patiently(failing(1), world)

    expect(world.mended).toBe(1)
  })

  it('survives a service that comes back between the attempt and the look', async () => {
    expect(await patiently(failing(1), worldOf(0))).toBe('part')
  })

  it('says that the version is another where the service is there and the part is not', async () => {
    await expect(patiently(failing(99), worldOf(3))).rejects.toMatchObject({ code: 'other_version' })
  })
})
