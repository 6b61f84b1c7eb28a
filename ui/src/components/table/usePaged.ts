/** History by pages: the first is kept up with what happens, the others are loaded when they are wanted. */
import { useInfiniteQuery, useQueryClient, type InfiniteData, type QueryKey } from '@tanstack/react-query'
import { useCallback, useEffect, useRef } from 'react'
import { live } from '../../live/live'
import { gently, withHead, type Page } from './pages'

const GENTLY_MS = 2000

export interface Paged<Row> {
  rows: readonly Row[]
  /** Nothing is known yet. */
  isLoading: boolean
  error: unknown
  hasMore: boolean
  isLoadingMore: boolean
  more: () => void
  /** Ask for the newest now. */
  refresh: () => void
}

interface Asked<Row> {
  queryKey: QueryKey
  load: (cursor: number | undefined) => Promise<Page<Row>>
  keyOf: (row: Row) => string
  /** Events of the stream after which the first page is asked for anew, at most every 2 s. */
  events?: readonly string[]
}

export function usePaged<Row>({ queryKey, load, keyOf, events = [] }: Asked<Row>): Paged<Row> {
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => load(pageParam === null ? undefined : Number(pageParam)),
    initialPageParam: null as string | null,
    getNextPageParam: (last: Page<Row>) => last.next_cursor,
    staleTime: Infinity, // kept up by `refresh`, which loads one page; the query's own way would load all of them again
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  })
  const refresh = useHead(queryKey, load, keyOf, query.isFetchingNextPage)
  useEffect(() => {
    const { ask, stop } = gently(() => { if (!document.hidden) refresh() }, GENTLY_MS)
    const leave = [...events, 'resync'].map((event) => live.on(event, ask))
    document.addEventListener('visibilitychange', ask)
    ask() // what was kept from an earlier visit is old
    return () => {
      stop()
      leave.forEach((each) => each())
      document.removeEventListener('visibilitychange', ask)
    }
    // eslint-disable-next-line react-hooks/exhaustive-deps -- by value: callers write the list and the key where they call
  }, [JSON.stringify([queryKey, events]), refresh])
  return {
    rows: query.data?.pages.flatMap(({ items }) => items) ?? [],
    isLoading: query.isPending,
    error: query.data === undefined ? query.error : null,
    hasMore: query.hasNextPage,
    isLoadingMore: query.isFetchingNextPage,
    more: () => void query.fetchNextPage(),
    refresh: () => (query.data === undefined ? void query.refetch() : refresh()),
  }
}

/** Return what loads the first page anew and puts it before what was loaded. Always the same function. */
function useHead<Row>(queryKey: QueryKey, load: Asked<Row>['load'], keyOf: Asked<Row>['keyOf'], isBusy: boolean): () => void {
  const queries = useQueryClient()
  const run = async () => {
    if (isBusy || queries.getQueryData(queryKey) === undefined) return
    const head = await load(undefined)
    queries.setQueryData<InfiniteData<Page<Row>, string | null>>(queryKey, (data) => {
      if (data === undefined) return data
      const loaded = { items: data.pages.flatMap(({ items }) => items), next_cursor: data.pages.at(-1)?.next_cursor ?? null }
      return { pages: [withHead(loaded, head, keyOf)], pageParams: [null] }
    })
  }
  const latest = useRef(run)
  useEffect(() => {
    latest.current = run
  })
  // A refusal or an outage leaves the rows as they were; the header's badge says that they are old.
  return useCallback(() => void latest.current().catch(() => undefined), [])
}
