/** Strategies. */
import { PageTitle } from '../../components/Panel'

export function StrategiesPage() {
  return <PageTitle>Strategies</PageTitle>
}
