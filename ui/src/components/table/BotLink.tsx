/** A bot's name, leading to its page. */
import { Link } from '@tanstack/react-router'
import classes from './Table.module.css'

export function BotLink({ id, tab }: { id: string | null | undefined; tab?: string }) {
  if (id == null) return <span className="quiet">–</span>
  return <Link to="/bots/$botId" params={{ botId: id }} search={tab === undefined ? {} : { tab }} className={classes.link}>{id}</Link>
}
