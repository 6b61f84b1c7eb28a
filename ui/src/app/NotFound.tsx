/** An address that leads nowhere. */
import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Empty } from '../components/Situations'

export const NotFound = () => (
  <Empty title="There is no such page" action={<Button size="xs" variant="default" renderRoot={(props) => <Link to="/" {...props} />}>To the fleet</Button>}>
    The address may be mistyped, or of another version.
  </Empty>
)
