/** Where notices appear; loaded with the first of them. */
import { useNotifications } from '@mantine/notifications'
import { later } from '../components/later'

const NoticeStack = later(() => import('./NoticeStack'), 'NoticeStack', 'soon')

export function Notices() {
  const { notifications } = useNotifications()
  return notifications.length === 0 ? null : <NoticeStack />
}
