import type { RecordedEvent } from '../protocol/events.js'
import { ArchiveError } from './archive/errors.js'
import type { Recordings } from './archive/recordings.js'
import type { EventBuffer } from './buffer/event-buffer.js'
import type { Database } from './connect.js'
import { StoreError } from './errors.js'
import { type EventPage, type EventQuery, PageInTheMaking } from './event-page.js'
import { bufferedEvents } from './read-buffer.js'
import { type RowsHead, readHead, readRows, readSnapshotTexts } from './read-rows.js'
import { dataCharsOfRow, eventJsonOfRow, eventOfRow, seqOfRow, snapshotSeqOfRow } from './row-json.js'

export type { EventPage, EventQuery } from './event-page.js'

/** Where the events of a session are: first in the buffer, then in rows, in the end in the archive alone. */
export interface Stores {
  db: Database
  buffer: EventBuffer
  recordings: Recordings
}

/** Events may move from store to store between our reads; then we look again. */
const READ_ATTEMPTS = 20
const ALL_BATCHES = 1_000_000
const PAGE_EVENTS = 2000
/** Of up to a megabyte each. */
const TEXTS_AT_ONCE = 16

/** What a page has of an event. */
interface EventForm<Event> {
  /** Of a row without a snapshot's text. */
  ofRow(row: string): Event
  ofEvent(event: RecordedEvent): Event
}

const AS_OBJECTS: EventForm<RecordedEvent> = { ofRow: (row) => eventOfRow(row), ofEvent: (event) => event }
const AS_JSON: EventForm<string> = { ofRow: eventJsonOfRow, ofEvent: (event) => JSON.stringify(event) }

/**
 * One page of a session's events in seq order, from the archive, the rows and the buffer as if they were one: it has the
 * same events and ends at the same place wherever they are. Texts of snapshots are resolved.
 * Throws StoreError or ArchiveError.
 */
export const readEvents = (
  stores: Stores,
  sessionId: string,
  query: EventQuery,
): Promise<EventPage<RecordedEvent>> => readPage(stores, sessionId, query, AS_OBJECTS)

/** The same with each event as its JSON, on one line, for those who send it on. */
export const readEventsJson = (
  stores: Stores,
  sessionId: string,
  query: EventQuery,
): Promise<EventPage<string>> => readPage(stores, sessionId, query, AS_JSON)

/** All events of a session that match, a page at a time. Throws StoreError or ArchiveError. */
export const iterateEvents = (
  stores: Stores,
  sessionId: string,
  query: Partial<EventQuery> = {},
): AsyncGenerator<RecordedEvent[]> => iteratePages(stores, sessionId, query, AS_OBJECTS)

/** The same with each event as its JSON, on one line. */
export const iterateEventsJson = (
  stores: Stores,
  sessionId: string,
  query: Partial<EventQuery> = {},
): AsyncGenerator<string[]> => iteratePages(stores, sessionId, query, AS_JSON)

async function* iteratePages<Event>(
  stores: Stores,
  sessionId: string,
  { afterSeq = 0, limit = PAGE_EVENTS, ...filter }: Partial<EventQuery>,
  form: EventForm<Event>,
): AsyncGenerator<Event[]> {
  const { throughSeq = Number.POSITIVE_INFINITY } = filter
  for (let next: number | null = afterSeq; next !== null && next < throughSeq; ) {
    const page: EventPage<Event> = await readPage(
      stores,
      sessionId,
      { ...filter, limit, afterSeq: next },
      form,
    )
    if (page.events.length > 0) yield page.events
    next = page.nextAfterSeq
  }
}

async function readPage<Event>(
  stores: Stores,
  sessionId: string,
  query: EventQuery,
  form: EventForm<Event>,
): Promise<EventPage<Event>> {
  const { db } = stores
  const page = new PageInTheMaking<Event>(query)
  // Up to here everything was looked at.
  let doneSeq = query.afterSeq
  for (let attempts = 0; attempts < READ_ATTEMPTS; ) {
    const head = await readHead(db, sessionId)
    // An empty page would say that there is nothing more to come.
    if (head === null) throw new StoreError('conflict', 'postgres', 'GONE')
    if (doneSeq < page.endSeq && doneSeq < head.purgedThroughSeq) {
      const reached = await addArchived(stores, sessionId, head, query, page, form, doneSeq)
      if (reached === 'full') return page.full(head.epoch)
      if (reached === 'moved') attempts++
      doneSeq = reached === 'moved' ? Math.max(doneSeq, page.lastSeq) : reached
    } else if (doneSeq < page.endSeq && doneSeq < head.throughSeq) {
      const throughSeq = Math.min(head.throughSeq, page.endSeq)
      const place = { afterSeq: doneSeq, throughSeq, limit: page.left + 1 }
      const chunk = await readRows(db, sessionId, query, place)
      if (chunk === null) attempts++
      else if (!(await addRows(stores, sessionId, head, page, form, chunk.rows))) return page.full(head.epoch)
      else doneSeq = chunk.throughSeq
    } else if (doneSeq < head.throughSeq) {
      return page.endingAt(head.epoch, doneSeq)
    } else {
      const last = await addBuffered(stores, sessionId, head, page, form, doneSeq)
      if (last !== 'moved') return last
      attempts++
    }
  }
  throw new StoreError('conflict', 'postgres', 'MOVING')
}

/** Returns how far it came, 'full', or 'moved' where what it should have read is in rows again. */
async function addArchived<Event>(
  { db, recordings }: Stores,
  sessionId: string,
  head: RowsHead,
  { fromMs, toMs }: EventQuery,
  page: PageInTheMaking<Event>,
  form: EventForm<Event>,
  doneSeq: number,
): Promise<number | 'full' | 'moved'> {
  const throughSeq = Math.min(head.purgedThroughSeq, page.endSeq)
  try {
    const reader = await recordings.open(head.storagePath ?? '', head.archiveGeneration)
    const { matches } = page
    const range = { afterSeq: doneSeq, throughSeq, matches, fromMs, toMs }
    for await (const event of reader.readEvents(range)) if (!addEvent(page, form, event)) return 'full'
    return throughSeq
  } catch (error) {
    if (!(error instanceof ArchiveError) || error.code === 'ARCHIVE_UNAVAILABLE') throw error
    // The archive may be about to be written anew, from rows that were put back before.
    const now = await readHead(db, sessionId)
    const hasMoved =
      now === null ||
      now.purgedThroughSeq < head.purgedThroughSeq ||
      now.archiveGeneration !== head.archiveGeneration
    if (!hasMoved) throw error
    return 'moved'
  }
}

/** False where the page is full. */
async function addRows<Event>(
  stores: Stores,
  sessionId: string,
  head: RowsHead,
  page: PageInTheMaking<Event>,
  form: EventForm<Event>,
  rows: readonly string[],
): Promise<boolean> {
  let texts = new Map<number, string>()
  for (const [i, row] of rows.entries()) {
    const snapshotSeq = snapshotSeqOfRow(row)
    if (snapshotSeq !== null && !texts.has(snapshotSeq)) {
      const wanted = new Set(rows.slice(i).flatMap((later) => snapshotSeqOfRow(later) ?? []))
      texts = await textsOf(stores, sessionId, head, [...wanted].slice(0, TEXTS_AT_ONCE))
    }
    const hasRoom =
      snapshotSeq === null
        ? page.add(seqOfRow(row), dataCharsOfRow(row), form.ofRow(row))
        : addEvent(page, form, eventOfRow(row, texts.get(snapshotSeq)))
    if (!hasRoom) return false
  }
  return true
}

/** Of kept events the purge keeps the texts too; while it is under way, or began with other settings, some are archived. */
async function textsOf(
  { db, recordings }: Stores,
  sessionId: string,
  head: RowsHead,
  seqs: readonly number[],
): Promise<Map<number, string>> {
  const texts = await readSnapshotTexts(db, sessionId, seqs)
  const missing = seqs.filter((seq) => !texts.has(seq))
  if (missing.length === 0 || head.storagePath === null) return texts
  try {
    const reader = await recordings.open(head.storagePath, head.archiveGeneration)
    for (const seq of missing) texts.set(seq, await reader.snapshotText(seq))
    return texts
  } catch (error) {
    // Put back meanwhile, and the archive is written anew.
    const found = await readSnapshotTexts(db, sessionId, seqs)
    if (seqs.every((seq) => found.has(seq))) return found
    throw error
  }
}

/** What is not committed yet ends the page. */
async function addBuffered<Event>(
  { buffer }: Stores,
  sessionId: string,
  { epoch, throughSeq }: RowsHead,
  page: PageInTheMaking<Event>,
  form: EventForm<Event>,
  doneSeq: number,
): Promise<EventPage<Event> | 'moved'> {
  // A Redis that is away hides only what is not committed yet, but a page that silently ends early would be
  // taken for the truth: the error goes to the caller.
  const buffered = await buffer.read(sessionId, ALL_BATCHES, throughSeq)
  if (buffered === null) return page.endingAt(epoch, null)
  const { meta } = buffered
  const fresh = bufferedEvents(buffered.batches).filter((event) => event.seq > throughSeq)
  const firstFresh = fresh[0]?.seq ?? throughSeq + 1
  if (meta.committedSeq > throughSeq || firstFresh > throughSeq + 1) return 'moved'
  for (const event of fresh) {
    if (event.seq <= doneSeq) continue
    if (event.seq > page.endSeq) return page.endingAt(meta.epoch, page.endSeq)
    if (page.matches(event) && !addEvent(page, form, event)) return page.full(meta.epoch)
  }
  return page.endingAt(meta.epoch, null)
}

/** False where it belongs to the next page. */
const addEvent = <Event>(
  page: PageInTheMaking<Event>,
  form: EventForm<Event>,
  event: RecordedEvent,
): boolean => page.add(event.seq, JSON.stringify(event.data ?? null).length, form.ofEvent(event))
