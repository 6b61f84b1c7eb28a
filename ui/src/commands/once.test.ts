import { describe, expect, it, vi } from 'vitest'
import { ApiProblem, unreachable } from '../api/problems'
import { once } from './once'

/** A service that answers by these, in turn, and writes down the keys it saw; time passes only while one waits. */
function serviceOf(...answers: (ApiProblem | string)[]) {
  let now = 0
  const keys: string[] = []
  const send = (header: { 'Idempotency-Key': string }): Promise<string> => {
    keys.push(header['Idempotency-Key'])
    const answer = answers.shift() ?? unreachable()
    return typeof answer === 'string' ? Promise.resolve(answer) : Promise.reject(answer)
  }
  const pause = () => {
    now += 1500
    return Promise.resolve()
  }
  return { keys, send, asking: { clock: () => now, pause } }
}

describe('a command', () => {
  it('is sent again with the same key until the service answers', async () => {
    const onSilence = vi.fn()
    const { keys, send, asking } = serviceOf(unreachable(), new ApiProblem(502, '', '', ''), new ApiProblem(409, 'request_in_flight', '', ''), 'done')

    expect(await once(send, { ...asking, onSilence })).toBe('done')
    expect(keys).toHaveLength(4)
    expect(new Set(keys).size).toBe(1)
    expect(onSilence).toHaveBeenCalledOnce()
  })

  it('is not sent again where it was refused', async () => {
    const { keys, send, asking } = serviceOf(new ApiProblem(409, 'conflict', '', 'no'), 'never')

    await expect(once(send, asking)).rejects.toMatchObject({ code: 'conflict' })
    expect(keys).toHaveLength(1)
  })

  it('is given up after a minute, and nobody claims to know what became of it', async () => {
    const { keys, send, asking } = serviceOf()

    await expect(once(send, asking)).rejects.toMatchObject({ code: 'outcome_unknown' })
    expect(keys.length).toBeGreaterThan(30)
  })

  it('has another key each time that it is asked for', async () => {
    const { keys, send, asking } = serviceOf('one', 'two')
    await once(send, asking)
    await once(send, asking)

    expect(new Set(keys).size).toBe(2)
  })
})
