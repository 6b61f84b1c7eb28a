import { describe, expect, it } from 'vitest'
import type { BotRow } from '../live/rows'
import { search } from './palette'

const bot = (id: string): BotRow => ({ id, strategy: 'grid', venue: 'binance', instruments: ['BTC/USDT'] }) as unknown as BotRow
const labels = (text: string, ...ids: string[]) => search(text, ids.map(bot)).map(({ label }) => label)

describe('the palette', () => {
  it('offers pages and commands before anything is typed', () => expect(labels('')).toContain('Halt all trading'))
  it('wants every word, in any order', () => expect(labels('usdt alpha', 'alpha-1', 'beta-1')).toEqual(['alpha-1']))
  it('puts bots that begin with the text first', () => expect(labels('grid', 'my-grid', 'grid-1')).toEqual(['grid-1', 'my-grid']))
  it('never finds more than fit', () => expect(labels('bot-', ...Array.from({ length: 500 }, (_, n) => `bot-${n}`))).toHaveLength(12))
})
