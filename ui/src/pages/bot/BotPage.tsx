/** Bot. */
import { PageTitle } from '../../components/Panel'

export function BotPage() {
  return <PageTitle>Bot</PageTitle>
}
