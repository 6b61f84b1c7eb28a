/** System. */
import { PageTitle } from '../../components/Panel'

export function SystemPage() {
  return <PageTitle>System</PageTitle>
}
