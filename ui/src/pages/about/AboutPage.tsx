/** About. */
import { PageTitle } from '../../components/Panel'

export function AboutPage() {
  return <PageTitle>About</PageTitle>
}
