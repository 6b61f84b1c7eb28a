/** Events. */
import { PageTitle } from '../../components/Panel'

export function EventsPage() {
  return <PageTitle>Events</PageTitle>
}
