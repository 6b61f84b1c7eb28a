/** New bot. */
import { PageTitle } from '../../components/Panel'

export function NewBotPage() {
  return <PageTitle>New bot</PageTitle>
}
