import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Told } from './messages'
import { Live, type Source } from './live'
import type { WireDelta, WireRow, WireState } from './rows'

const rowOf = (id: string, equity = '1000'): WireRow => [
  id, 'idle', 'sim', 'simulated', ['BTC/USDT'], 'USDT', {}, '1m', '1000', 'RUNNING', 'RUNNING', 1, 1, 'ACTIVE', [], '2026-01-01T00:00:00Z',
  0, null, null, null, 5, null, equity, '0', '0', '0', '0', 0, 0, 0, 0, null,
]
const deltaOf = (id: string, equity: string): WireDelta => [id, 'RUNNING', 'ACTIVE', 6, null, equity, '1', '2', '3', '4', 1, 2, 0]
const stateOf = (id: string, name = 'BotFailed'): WireState => ({
  id, name, at: '', actor: 'admin', reason: '', desired: 'RUNNING', observed: 'FAILED', generation: 2, observed_generation: 2, trading_state: 'ACTIVE',
  halted_by: [], since: '2026-01-01T00:00:05Z', restarts: 1, next_retry_at: null, uncancelled_orders: 0, last_error: { class: 'permanent', type: 'ValueError', message: 'no' },
})

/** A service whose stream and snapshots the test makes. */
class Service implements Source {
  tell: (told: Told) => void = () => undefined
  asked: (readonly string[] | undefined)[] = []
  answers: ((view: { stream: string; items: readonly WireRow[] }) => void)[] = []

  follow = (tell: (told: Told) => void) => {
    this.tell = tell
    return () => undefined
  }
  fleet = (ids?: readonly string[]) => {
    this.asked.push(ids)
    return new Promise<{ stream: string; items: readonly WireRow[] }>((resolve) => this.answers.push(resolve))
  }
  async answer(stream: string, ...items: WireRow[]): Promise<void> {
    this.answers.shift()?.({ stream, items })
    await vi.advanceTimersByTimeAsync(0)
  }
  says(event: string, id: string, payload: unknown): void {
    this.tell({ kind: 'message', message: { event, id, data: JSON.stringify(payload) } })
  }
}

let service: Service
let live: Live
let stop: () => void
beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('document', { hidden: false, addEventListener: () => undefined, removeEventListener: () => undefined })
  service = new Service()
  live = new Live(service)
  stop = live.start()
})

const equityOf = (id: string) => live.fleet.bot(id)?.equity

describe('the live view', () => {
  it('is fresh once it has the snapshot and the stream', async () => {
    service.tell({ kind: 'open' })
    const before = live.freshness.state
    await service.answer('b-7', rowOf('a'))

    expect(before).toBe('loading')
    expect(live.freshness.state).toBe('fresh')
    expect(equityOf('a')).toBe(1000)
  })

  it('drops what a snapshot holds already, and takes what came after it', async () => {
    service.tell({ kind: 'open' })
    service.says('bots.delta', 'b-7', { rows: [deltaOf('a', '1')] })
    service.says('bots.delta', 'b-8', { rows: [deltaOf('b', '2')] })
    await service.answer('b-7', rowOf('a'), rowOf('b'))

    expect(equityOf('a')).toBe(1000)
    expect(equityOf('b')).toBe(2)
  })

  it('takes the fleet anew after a gap, and once more where the gap came during that', async () => {
    service.tell({ kind: 'open' })
    await service.answer('b-1', rowOf('a'))
    service.says('resync', 'c-3', {})
    service.says('resync', 'c-9', {})
    await service.answer('c-4', rowOf('a', '4'))
    await service.answer('c-9', rowOf('a', '9'))
    service.says('bots.delta', 'c-10', { rows: [deltaOf('a', '10')] })

    expect(service.asked).toHaveLength(3)
    expect(equityOf('a')).toBe(10)
  })

  it('is stale since the connection was lost, however often it tries, and fresh when it is back', async () => {
    service.tell({ kind: 'open' })
    await service.answer('b-1', rowOf('a'))
    service.tell({ kind: 'lost' })
    const since = live.freshness
    vi.advanceTimersByTime(5000)
    service.tell({ kind: 'lost' })

    expect(live.freshness).toEqual(since)
    service.tell({ kind: 'open' })
    expect(live.freshness.state).toBe('fresh')
  })

  it('is stale after a silence longer than the heartbeat, until it hears one', async () => {
    service.tell({ kind: 'open' })
    await service.answer('b-1', rowOf('a'))
    vi.advanceTimersByTime(60_000)
    const silent = live.freshness.state
    service.says('heartbeat', '', {})

    expect(silent).toBe('stale')
    expect(live.freshness.state).toBe('fresh')
  })

  it('asks for a bot that it does not know, and for one that was edited', async () => {
    service.tell({ kind: 'open' })
    await service.answer('b-1', rowOf('a'))
    service.says('bot.state', 'b-2', stateOf('new', 'create'))
    service.says('bot.state', 'b-3', stateOf('a', 'update'))
    await vi.advanceTimersByTimeAsync(200)
    await service.answer('b-3', rowOf('new'), rowOf('a', '5'))

    expect(service.asked.at(-1)).toEqual(['new', 'a'])
    expect(equityOf('new')).toBe(1000)
    expect(equityOf('a')).toBe(5)
  })

  it('takes a failure with its reason, and drops what was deleted', async () => {
    service.tell({ kind: 'open' })
    await service.answer('b-1', rowOf('a'), rowOf('b'))
    service.says('bot.state', 'b-2', stateOf('a'))
    service.says('bot.state', 'b-3', { id: 'b', name: 'delete', deleted: true })

    expect(live.fleet.bot('a')).toMatchObject({ observed: 'FAILED', error: 'ValueError: no' })
    expect(live.fleet.bots.map(({ id }) => id)).toEqual(['a'])
  })

  it('tries again where the snapshot fails', async () => {
    service.fleet = () => Promise.reject(new Error('away'))
    service.tell({ kind: 'open' })
    await vi.advanceTimersByTimeAsync(100)
    delete (service as Partial<Service>).fleet
    service.fleet = () => Promise.resolve({ stream: 'b-1', items: [rowOf('a')] })
    await vi.advanceTimersByTimeAsync(3000)

    expect(live.freshness.state).toBe('fresh')
  })

  it('is stale from the moment that a gap can not be filled, whatever else is heard', async () => {
    service.tell({ kind: 'open' })
    await service.answer('b-1', rowOf('a'))
    service.fleet = () => Promise.reject(new Error('HTTP 500'))
    service.says('resync', 'c-1', {})
    await vi.advanceTimersByTimeAsync(100)
    service.says('heartbeat', '', {})
    service.says('bots.delta', 'c-2', { rows: [deltaOf('a', '2')] })

    expect(live.freshness.state).toBe('stale')
  })

  it('takes the fleet anew when it is followed again: nobody heard what came meanwhile', async () => {
    service.tell({ kind: 'open' })
    await service.answer('b-1', rowOf('a'))
    stop()
    const between = live.freshness.state
    live.start()
    service.tell({ kind: 'open' })
    await service.answer('b-9', rowOf('a', '9'))

    expect(between).toBe('stale')
    expect(equityOf('a')).toBe(9)
    expect(live.freshness.state).toBe('fresh')
  })

  it('tells of a new snapshot only once there is one', async () => {
    const told = vi.fn()
    live.on('resync', told)
    service.fleet = () => Promise.reject(new Error('HTTP 500'))
    service.tell({ kind: 'open' })
    await vi.advanceTimersByTimeAsync(5000)

    expect(told).not.toHaveBeenCalled()
  })
})
