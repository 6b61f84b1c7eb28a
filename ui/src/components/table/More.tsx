/** The end of a table whose rows are pages: loads the next one when it comes into view, and by its button. */
import { Button, Text } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { integer } from '../../format/numbers'
import classes from './Table.module.css'

/** So many rows come by scrolling; then only who asks gets more, so that the page's end can be reached and memory has a bound. */
const BY_ITSELF = 1000

export function More({ hasMore, isLoadingMore, more, count }: { hasMore: boolean; isLoadingMore: boolean; more: () => void; count: number }) {
  const end = useRef<HTMLDivElement>(null)
  const isByItself = hasMore && !isLoadingMore && count < BY_ITSELF
  useEffect(() => {
    if (!isByItself || end.current === null) return
    const seen = new IntersectionObserver((entries) => { if (entries.some(({ isIntersecting }) => isIntersecting)) more() }, { rootMargin: '400px' })
    seen.observe(end.current)
    return () => seen.disconnect()
  }, [isByItself, more])
  return (
    <div ref={end} className={classes.end}>
      {hasMore
        ? <Button size="xs" variant="default" loading={isLoadingMore} onClick={more}>Load more</Button>
        : count > 8 && <Text size="xs" className="quiet">{integer(count)} rows, that is all</Text>}
    </div>
  )
}
