/** The pages, in the order of the navigation; `key` is what follows `g` on the keyboard. */
import { Activity, Bot, Gauge, Info, ListOrdered, Puzzle, Wallet } from 'lucide-react'

export const PAGES = [
  { to: '/', label: 'Fleet', icon: Bot, key: 'f' },
  { to: '/orders', label: 'Orders', icon: ListOrdered, key: 'o' },
  { to: '/portfolio', label: 'Portfolio', icon: Wallet, key: 'p' },
  { to: '/events', label: 'Events', icon: Activity, key: 'e' },
  { to: '/strategies', label: 'Strategies', icon: Puzzle, key: 's' },
  { to: '/system', label: 'System', icon: Gauge, key: 'y' },
  { to: '/about', label: 'About', icon: Info, key: 'a' },
] as const
