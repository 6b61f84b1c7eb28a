/** The works that the page is built from, with their licences in full. Loaded when they are asked for. */
import { works } from 'virtual:notices'
import classes from './about.module.css'

export function Notices() {
  return (
    <ul className={classes.works}>
      {works.map(({ name, version, licence, text }) => (
        <li key={`${name} ${version}`}>
          {text === ''
            ? <span>{name} <span className="quiet">{version} · {licence}</span></span>
            : <details><summary>{name} <span className="quiet">{version} · {licence}</span></summary><pre className={classes.licence}>{text}</pre></details>}
        </li>
      ))}
    </ul>
  )
}
