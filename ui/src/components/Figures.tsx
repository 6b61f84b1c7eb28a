/** Figures as they stand in tables and cards. */
import { money, profit } from '../format/numbers'

const sideOf = (amount: number): string => (amount > 0 ? 'up' : amount < 0 ? 'down' : 'quiet')

/** A profit or loss with its sign; the currency follows where it is given. */
export function Profit({ amount, currency = '', withCurrency = false }: { amount: number; currency?: string; withCurrency?: boolean }) {
  return (
    <span className={`num ${sideOf(amount)}`}>
      {profit(amount, currency)}
      {withCurrency && currency !== '' && <span className="quiet"> {currency}</span>}
    </span>
  )
}

export function Money({ amount, currency = '', withCurrency = false }: { amount: number; currency?: string; withCurrency?: boolean }) {
  return (
    <span className="num">
      {money(amount, currency)}
      {withCurrency && currency !== '' && <span className="quiet"> {currency}</span>}
    </span>
  )
}
