/** Portfolio. */
import { PageTitle } from '../../components/Panel'

export function PortfolioPage() {
  return <PageTitle>Portfolio</PageTitle>
}
