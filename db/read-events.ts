import type { RecordedEvent } from '../protocol/events.js'
import type { Recordings } from './archive/recordings.js'
import type { EventBuffer } from './buffer/event-buffer.js'
import type { Database } from './connect.js'
import { StoreError } from './errors.js'
import { bufferedEvents } from './read-buffer.js'
import { MAX_PAGE_BYTES, type RowsHead, readHead, readRows } from './read-rows.js'

/** Where the events of a session are: first in the buffer, then in rows, in the end in the archive alone. */
export interface Stores {
  db: Database
  buffer: EventBuffer
  recordings: Recordings
}

export interface EventQuery {
  afterSeq: number
  limit: number
  types?: readonly string[] | undefined
  fromMs?: number | undefined
  toMs?: number | undefined
}

export interface EventPage {
  epoch: number
  events: RecordedEvent[]
  /** Where the next page starts, or null at the end of what there is now. */
  nextAfterSeq: number | null
}

/** Events may move from store to store between our reads; then we read again. */
const READ_ATTEMPTS = 20
const ALL_BATCHES = 1_000_000
const PAGE_EVENTS = 2000

/**
 * One page of a session's events in seq order, from the archive, the rows and the buffer as if they were one.
 * Texts of snapshots are resolved. Throws StoreError or ArchiveError.
 */
export async function readEvents(stores: Stores, sessionId: string, query: EventQuery): Promise<EventPage> {
  for (let attempt = 0; attempt < READ_ATTEMPTS; attempt++) {
    const head = await readHead(stores.db, sessionId)
    if (head === null) return { epoch: 0, events: [], nextAfterSeq: null }
    if (query.afterSeq < head.purgedThroughSeq) return readArchived(stores, head, query)
    const { epoch, throughSeq } = head
    const page: EventPage = { epoch, ...(await readRows(stores.db, sessionId, query, throughSeq)) }
    const purgedMeanwhile = (await readHead(stores.db, sessionId))?.purgedThroughSeq ?? 0
    if (purgedMeanwhile > query.afterSeq) continue
    if (page.nextAfterSeq !== null) return page
    // A Redis that is away hides only what is not committed yet, but a page that silently ends early would be
    // taken for the truth: the error goes to the caller.
    const buffered = await stores.buffer.read(sessionId, ALL_BATCHES, throughSeq)
    if (buffered === null) return page
    page.epoch = buffered.meta.epoch
    const fresh = bufferedEvents(buffered.batches).filter((event) => event.seq > throughSeq)
    const firstFresh = fresh[0]?.seq ?? throughSeq + 1
    const moved = buffered.meta.committedSeq > throughSeq || firstFresh > throughSeq + 1
    if (!moved) return appendPage(page, fresh, query)
    if (throughSeq > query.afterSeq) return { ...page, nextAfterSeq: throughSeq }
  }
  throw new StoreError('conflict', 'postgres', 'MOVING')
}

/** All events of a session that match, a page at a time. Throws StoreError or ArchiveError. */
export async function* iterateEvents(
  stores: Stores,
  sessionId: string,
  { afterSeq = 0, limit = PAGE_EVENTS, ...filter }: Partial<EventQuery> = {},
): AsyncGenerator<RecordedEvent[]> {
  for (let next: number | null = afterSeq; next !== null; ) {
    const page: EventPage = await readEvents(stores, sessionId, { ...filter, limit, afterSeq: next })
    if (page.events.length > 0) yield page.events
    next = page.nextAfterSeq
  }
}

async function readArchived({ recordings }: Stores, head: RowsHead, query: EventQuery): Promise<EventPage> {
  const reader = await recordings.open(head.storagePath ?? '', head.archiveGeneration)
  const page: EventPage = { epoch: head.epoch, events: [], nextAfterSeq: head.purgedThroughSeq }
  let bytes = 0
  const left = head.purgedThroughSeq - query.afterSeq
  for await (const event of reader.readEvents({ afterSeq: query.afterSeq, limit: left })) {
    if (!matches(event, query)) continue
    if (page.events.length >= query.limit || bytes > MAX_PAGE_BYTES) {
      page.nextAfterSeq = page.events.at(-1)?.seq ?? query.afterSeq
      return page
    }
    page.events.push(event)
    bytes += sizeOf(event)
  }
  return page
}

function appendPage(page: EventPage, fresh: readonly RecordedEvent[], query: EventQuery): EventPage {
  let bytes = 0
  for (const event of fresh) {
    if (event.seq <= query.afterSeq || !matches(event, query)) continue
    if (page.events.length >= query.limit || bytes > MAX_PAGE_BYTES) {
      page.nextAfterSeq = page.events.at(-1)?.seq ?? query.afterSeq
      return page
    }
    page.events.push(event)
    bytes += sizeOf(event)
  }
  return page
}

const sizeOf = (event: RecordedEvent): number => 200 + JSON.stringify(event.data ?? null).length

const matches = (event: RecordedEvent, { types, fromMs, toMs }: EventQuery): boolean =>
  (types === undefined || types.includes(event.type)) &&
  (fromMs === undefined || event.timestamp >= fromMs) &&
  (toMs === undefined || event.timestamp <= toMs)
