/** The pages and their addresses. Only the fleet is part of the first load. */
import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router'
import { basePath } from '../api/base'
import { Failure, Loading } from '../components/Situations'
import { FleetPage } from '../pages/fleet/FleetPage'
import { fleetSearch } from '../pages/fleet/filter'
import { lazyPage } from './lazy'
import { NotFound } from './NotFound'
import { Shell } from './Shell'

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound })
const under = { getParentRoute: () => root }

const routes = [
  createRoute({ ...under, path: '/', component: FleetPage, validateSearch: fleetSearch }),
  createRoute({ ...under, path: '/bots/$botId', component: lazyPage(() => import('../pages/bot/BotPage'), 'BotPage'), validateSearch: tabSearch }),
  createRoute({ ...under, path: '/new', component: lazyPage(() => import('../pages/create/NewBotPage'), 'NewBotPage'), validateSearch: strategySearch }),
  createRoute({ ...under, path: '/orders', component: lazyPage(() => import('../pages/orders/OrdersPage'), 'OrdersPage'), validateSearch: words }),
  createRoute({ ...under, path: '/portfolio', component: lazyPage(() => import('../pages/portfolio/PortfolioPage'), 'PortfolioPage'), validateSearch: words }),
  createRoute({ ...under, path: '/events', component: lazyPage(() => import('../pages/events/EventsPage'), 'EventsPage'), validateSearch: words }),
  createRoute({ ...under, path: '/strategies', component: lazyPage(() => import('../pages/strategies/StrategiesPage'), 'StrategiesPage') }),
  createRoute({ ...under, path: '/system', component: lazyPage(() => import('../pages/system/SystemPage'), 'SystemPage') }),
  createRoute({ ...under, path: '/about', component: lazyPage(() => import('../pages/about/AboutPage'), 'AboutPage') }),
]

/** The tab of a bot's page is part of its address, and the moment at which its log is opened. */
function tabSearch(search: Record<string, unknown>): { tab?: string; at?: string } {
  const { tab, at } = words(search)
  return { ...(tab !== undefined && { tab }), ...(at !== undefined && { at }) }
}

/** What a new bot begins with: a strategy, or a copy of a bot. */
function strategySearch(search: Record<string, unknown>): { strategy?: string; copy?: string } {
  if (typeof search.copy === 'string') return { copy: search.copy }
  return typeof search.strategy === 'string' ? { strategy: search.strategy } : {}
}

/** Filters that are plain words: whatever text an address holds, by name. */
function words(search: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(search).filter((each): each is [string, string] => typeof each[1] === 'string' && each[1] !== ''))
}

export const router = createRouter({
  routeTree: root.addChildren(routes),
  basepath: basePath,
  defaultPreload: 'intent',
  defaultPendingComponent: () => <Loading />,
  defaultErrorComponent: ({ error, reset }) => <Failure error={error} retry={reset} />,
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
