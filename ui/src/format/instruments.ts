/** Parts of an instrument's name: `BTC/USDT`, `BTC/USDT:USDT`. */

/** The currency that an instrument is priced in; empty where its name does not tell. */
export const quoteOf = (instrument: string): string => /\/([^:/]+)/.exec(instrument)?.[1] ?? ''
