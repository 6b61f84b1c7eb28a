/** The fleet: totals, what needs attention, and every bot. */
import { PageTitle } from '../../components/Panel'
import { useFleet } from '../../live/hooks'

export function FleetPage() {
  const bots = useFleet()
  return <><PageTitle>Fleet</PageTitle><ul>{bots.map((bot) => <li key={bot.id}>{bot.id} {bot.observed} {bot.equity}</li>)}</ul></>
}
