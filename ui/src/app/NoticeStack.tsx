/** The notices on the screen. */
import '@mantine/notifications/styles.css'
import { Notifications } from '@mantine/notifications'

export const NoticeStack = () => <Notifications position="bottom-right" limit={4} containerWidth={380} />
