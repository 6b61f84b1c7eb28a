/** Orders. */
import { PageTitle } from '../../components/Panel'

export function OrdersPage() {
  return <PageTitle>Orders</PageTitle>
}
