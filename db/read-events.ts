import type { EventFlag, RecordedEvent } from '../protocol/events.js'
import type { BufferedBatch, EventBuffer } from './buffer/event-buffer.js'
import { decodeEventLine, type EventMeta } from './buffer/event-line.js'
import type { Database } from './connect.js'
import { StoreError, toStoreError } from './errors.js'

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

/** A flush may move events from the buffer into the rows between our two reads; then we read again. */
const READ_ATTEMPTS = 20
/** A page is also cut at this size, so that no caller holds a whole session of large events at once. */
const MAX_PAGE_BYTES = 8 * 1024 * 1024
const ALL_BATCHES = 1_000_000

/**
 * One page of a session's events in seq order, from the rows and then from the buffer, as if they were one.
 * Texts of snapshots are resolved. Throws StoreError.
 */
export async function readEvents(
  db: Database,
  buffer: EventBuffer,
  sessionId: string,
  query: EventQuery,
): Promise<EventPage> {
  for (let attempt = 0; attempt < READ_ATTEMPTS; attempt++) {
    const { throughSeq, ...page } = await readRows(db, sessionId, query)
    if (page.nextAfterSeq !== null) return page
    // A Redis that is away hides only what is not committed yet, but a page that silently ends early would be
    // taken for the truth: the error goes to the caller.
    const buffered = await buffer.read(sessionId, ALL_BATCHES, throughSeq)
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

function appendPage(page: EventPage, fresh: readonly RecordedEvent[], query: EventQuery): EventPage {
  let bytes = 0
  for (const event of fresh) {
    if (event.seq <= query.afterSeq || !matches(event, query)) continue
    if (page.events.length >= query.limit || bytes > MAX_PAGE_BYTES) {
      page.nextAfterSeq = page.events.at(-1)?.seq ?? query.afterSeq
      return page
    }
    page.events.push(event)
    bytes += 200 + JSON.stringify(event.data ?? null).length
  }
  return page
}

const matches = (event: RecordedEvent, { types, fromMs, toMs }: EventQuery): boolean =>
  (types === undefined || types.includes(event.type)) &&
  (fromMs === undefined || event.timestamp >= fromMs) &&
  (toMs === undefined || event.timestamp <= toMs)

/** Buffered batches as events, under the seqs that were promised to them. */
export function bufferedEvents(batches: readonly BufferedBatch[]): RecordedEvent[] {
  return batches.flatMap((batch) =>
    batch.lines.map((text, i) => {
      const line = decodeEventLine(text)
      return recorded({
        seq: batch.firstSeq + i,
        type: line.type,
        timestamp: line.timestampMs,
        data: JSON.parse(line.dataJson),
        fileId: line.fileId,
        checkpoint: line.checkpoint,
        source: batch.source,
        sourceSeq: batch.firstSourceSeq + i,
        meta: batch.late
          ? { ...line.meta, flags: [...(line.meta?.flags ?? []), 'late' as EventFlag] }
          : line.meta,
      })
    }),
  )
}

interface EventRow {
  seq: string
  type: string
  timestamp: Date
  data: unknown
  fileId: string | null
  checkpoint: boolean
  source: number
  sourceSeq: string
  meta: EventMeta | null
  dataBytes: number
}

async function readRows(db: Database, sessionId: string, query: EventQuery) {
  try {
    const { sql } = db
    // One statement, so that head and rows are of one moment.
    const [head] = await sql<{ epoch: number; eventCount: string }[]>`
      select epoch, event_count as "eventCount" from session_recordings where id = ${sessionId}`
    if (!head) return { epoch: 0, events: [], nextAfterSeq: null, throughSeq: 0 }
    const throughSeq = Number(head.eventCount)
    const rows = await sql<EventRow[]>`
      select e.seq, e.type, e."timestamp", e.data, e.file_id as "fileId", e.checkpoint, e.source,
        e.source_seq as "sourceSeq", e.meta, octet_length(e.data::text) as "dataBytes"
      from session_events e
      where e.session_id = ${sessionId} and e.seq > ${query.afterSeq} and e.seq <= ${throughSeq}
        ${query.types ? sql`and e.type = any(${[...query.types]}::text[])` : sql``}
        ${query.fromMs === undefined ? sql`` : sql`and e."timestamp" >= to_timestamp(${query.fromMs}::float8 / 1000)`}
        ${query.toMs === undefined ? sql`` : sql`and e."timestamp" <= to_timestamp(${query.toMs}::float8 / 1000)`}
      order by e.seq limit ${query.limit + 1}`
    const limited = rows.slice(0, query.limit)
    const texts = await readSnapshotTexts(
      db,
      sessionId,
      limited.flatMap((row) => (row.type === 'code_snapshot' ? (snapshotSeqOf(row.data) ?? []) : [])),
    )
    const events = withinBytes(limited, texts).map((row) => eventOfRow(row, texts))
    const more = rows.length > events.length
    return { epoch: head.epoch, events, nextAfterSeq: more ? (events.at(-1)?.seq ?? null) : null, throughSeq }
  } catch (error) {
    throw toStoreError(error)
  }
}

/** The seq that a stored code_snapshot refers to for its text. No sender can send this: the schema wants a string. */
export function snapshotSeqOf(data: unknown): number | null {
  const content = (data as { content?: unknown } | null)?.content
  const seq = (content as { $snapshot?: unknown } | null | undefined)?.$snapshot
  return typeof seq === 'number' ? seq : null
}

async function readSnapshotTexts(
  { sql }: Database,
  sessionId: string,
  seqs: readonly number[],
): Promise<Map<number, string>> {
  if (seqs.length === 0) return new Map()
  const rows = await sql<{ seq: string; content: string; original: string | null }[]>`
    select seq, full_content as content, content_original as original from code_snapshots
    where session_id = ${sessionId} and seq = any(${[...new Set(seqs)]}::bigint[])`
  return new Map(rows.map((row) => [Number(row.seq), row.original ?? row.content]))
}

/** The first rows that fit into a page, at least one. */
function withinBytes(rows: readonly EventRow[], texts: ReadonlyMap<number, string>): EventRow[] {
  let bytes = 0
  const end = rows.findIndex((row, i) => {
    bytes += row.dataBytes + (texts.get(snapshotSeqOf(row.data) ?? -1)?.length ?? 0)
    return i > 0 && bytes > MAX_PAGE_BYTES
  })
  return end < 0 ? [...rows] : rows.slice(0, end)
}

function eventOfRow(row: EventRow, texts: ReadonlyMap<number, string>): RecordedEvent {
  const text = row.type === 'code_snapshot' ? texts.get(snapshotSeqOf(row.data) ?? -1) : undefined
  return recorded({
    seq: Number(row.seq),
    type: row.type,
    timestamp: row.timestamp.getTime(),
    data: text === undefined ? row.data : { ...(row.data as object), content: text },
    fileId: row.meta?.fileId ?? row.fileId,
    checkpoint: row.checkpoint,
    source: row.source,
    sourceSeq: Number(row.sourceSeq),
    meta: row.meta,
  })
}

function recorded({ meta, ...event }: RecordedEvent & { meta: EventMeta | null }): RecordedEvent {
  if (meta?.rawTimestamp !== undefined) event.rawTimestamp = meta.rawTimestamp
  if (meta?.flags !== undefined) event.flags = meta.flags
  return event
}
