import { describe, expect, it } from 'vitest'
import { asDigits, asNumber, asText, splitTags, textOf } from './typed'

describe('typed texts', () => {
  it('are numbers where they are some, nothing where empty, themselves else', () => expect(['12', ' 1.50 ', '', '1e', '-'].map(asNumber)).toEqual([12, 1.5, undefined, '1e', '-']))
  it('keep the digits of decimals', () => expect(['1.50', '123456789012345678.123456789', ' '].map(asDigits)).toEqual(['1.50', '123456789012345678.123456789', undefined]))
  it('are text as they are', () => expect([asText(' a '), asText('')]).toEqual([' a ', undefined]))
  it('show nothing for nothing', () => expect([textOf(undefined), textOf(null), textOf(0.1), textOf('x')]).toEqual(['', '', '0.1', 'x']))
  it('are several tags where commas part them', () => expect([splitTags(['0.5,0.5,'], 'all'), splitTags(['a b; c'], 'words'), splitTags(['a b'], 'all')]).toEqual([['0.5', '0.5'], ['a b', 'c'], ['a', 'b']]))
})
