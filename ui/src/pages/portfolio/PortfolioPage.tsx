/** The portfolio: what there is, by mode and currency, its history, positions, how profit spreads, and the accounts behind it. */
import { Button, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { api, bodyOf, type Schemas } from '../../api/client'
import { PageTitle, Panel } from '../../components/Panel'
import { Empty, Failure, Loading } from '../../components/Situations'
import { Accounts } from './Accounts'
import { CashFlows } from './CashFlows'
import { Distribution } from './Distribution'
import { pursesOf } from './groups'
import { Instruments } from './Instruments'
import { Purses } from './Purses'

export function PortfolioPage() {
  const { data, error, isPending, refetch } = useQuery({ queryKey: ['portfolio'], refetchInterval: 5000, queryFn: () => bodyOf(api.GET('/api/v1/portfolio')) })
  return (
    <Stack gap="sm">
      <PageTitle>Portfolio</PageTitle>
      {isPending ? <Panel mih={480}><Loading rows={12} /></Panel> : data === undefined ? <Failure error={error} retry={() => void refetch()} /> : <Whole portfolio={data} />}
      {(isPending || data !== undefined) && <><Accounts /><CashFlows /></>}
    </Stack>
  )
}

function Whole({ portfolio }: { portfolio: Schemas['PortfolioView'] }) {
  const purses = pursesOf(portfolio.groups)
  if (purses.length === 0) {
    return <Empty title="No bot has money yet" action={<Button size="xs" renderRoot={(props) => <Link to="/new" search={{}} {...props} />}>New bot</Button>}>A bot&rsquo;s capital appears here as soon as it is created, apart for real money, paper and simulation.</Empty>
  }
  return <><Purses purses={purses} /><Instruments held={portfolio.instruments} purses={purses} /><Distribution purses={purses} /></>
}
