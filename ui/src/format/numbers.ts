/** How numbers and money read. Signs always show where a profit is meant: colour alone says nothing to some. */

interface Written {
  format: (amount: number) => string
}
const cache = new Map<string, Written>()

/** Return what writes numbers in one way; what is no number (not known) is a dash. */
function format(key: string, options: Intl.NumberFormatOptions): Written {
  const known = cache.get(key)
  if (known !== undefined) return known
  const numbers = new Intl.NumberFormat(undefined, options)
  const made = { format: (amount: number) => (Number.isFinite(amount) ? numbers.format(amount) : '–') }
  cache.set(key, made)
  return made
}

/** Return how many decimals an amount of a currency wants: two for dollars and their like, more for coins. */
export function decimalsOf(currency: string, amount: number): number {
  if (/^(USD|USDT|USDC|FDUSD|TUSD|DAI|EUR|GBP|BUSD)$/.test(currency) || currency === '') return 2
  return Math.abs(amount) >= 1000 ? 2 : 6
}

/** An amount of money without its currency: `1,234.50`. */
export function money(amount: number, currency = ''): string {
  const decimals = decimalsOf(currency, amount)
  return format(`m${decimals}`, { minimumFractionDigits: decimals, maximumFractionDigits: decimals, signDisplay: 'negative' }).format(amount)
}

/** A profit or loss: always with its sign, zero without. */
export function profit(amount: number, currency = ''): string {
  const decimals = decimalsOf(currency, amount)
  return format(`p${decimals}`, { minimumFractionDigits: decimals, maximumFractionDigits: decimals, signDisplay: 'exceptZero' }).format(amount)
}

/** A share of one as a percentage with its sign: `+1.25 %`. */
export function signedPercent(share: number): string {
  return `${format('sp', { minimumFractionDigits: 2, maximumFractionDigits: 2, signDisplay: 'exceptZero' }).format(share * 100)} %`
}

export const percent = (share: number): string => `${format('pc', { maximumFractionDigits: 1 }).format(share * 100)} %`

export const integer = (count: number): string => format('i', { maximumFractionDigits: 0 }).format(count)

/** A quantity or price with the digits that it has: all before the point, and at most `digits` significant ones where it has less. */
export const quantity = (amount: number | string, digits = 8): string => (
  format(`q${digits}`, { maximumSignificantDigits: digits, maximumFractionDigits: 2, roundingPriority: 'morePrecision', signDisplay: 'negative' }).format(Number(amount))
)

export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = count < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(count) / 10))
  return `${format('b', { maximumFractionDigits: 1 }).format(count / 1024 ** power)} ${units[power] ?? ''}`
}

export const milliseconds = (ms: number): string => `${format('ms', { maximumFractionDigits: ms < 10 ? 1 : 0 }).format(ms)} ms`
