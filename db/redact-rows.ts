import { snapshotSeqOf } from '../protocol/archive-lines.js'
import type { Json } from '../protocol/events.js'
import { MAX_LISTED_PLACES } from '../protocol/redaction.js'
import type { EventMeta } from './buffer/event-line.js'
import type { Database, Tx } from './connect.js'
import { toStoreError } from './errors.js'
import type { Signer } from './integrity/keys.js'
import { RedactedLinks } from './integrity/redact-links.js'
import { insertRecord } from './integrity/redaction-records.js'
import { maskAnnotations, maskQuarantined, maskSession } from './redact-remarks.js'
import { insertRedaction, type RedactedPlace, type Redaction } from './redactions.js'
import { hashText, toColumnText } from './text.js'
import { contentColumns } from './typed-rows.js'

/** What a redaction makes of the rows of a session: plain functions of what stands in them, that keep all lengths. */
export interface RowMasks {
  kind: 'text' | 'range'
  fromSeq: number | null
  toSeq: number | null
  /** The events to be changed, ascending. */
  seqs: Iterable<number>
  /** Where the typed rows of those are. */
  typedSeqs: readonly number[]
  /** The snapshots whose texts change. */
  snapshotSeqs: readonly number[]
  /** Those whose senders said what was there before, where that changes. */
  previousTextSeqs: readonly number[]
  event(
    event: { seq: number; type: string; data: unknown; fileId: string | null },
    snapshotText: string | undefined,
  ): { data: unknown; fileId: string | null; places: readonly RedactedPlace[] }
  snapshot(
    seq: number,
    row: SnapshotTexts,
  ): SnapshotTexts & { diff: Json; linesAdded: number; linesDeleted: number }
  /** A text of an event, as its own column holds it. */
  column(seq: number, text: string): string
  /** A path or the name of a file, as a column holds it. */
  name(text: string): string
  /** A text that stands in no event, and where it changes: `[offset, length]`. `whole`: it tells of an event that is. */
  remark(text: string, whole: boolean): { text: string; places: readonly (readonly [number, number])[] }
  /** JSON that stands in no event; `base` is the pointer to it. */
  json(value: unknown, base: string): { value: unknown; places: readonly RedactedPlace[] }
  /** Whether something must not be kept: a line of the buffer, as it was refused. */
  hides(seq: number, line: string): boolean
}

export interface SnapshotTexts {
  content: string
  diff: Json
  linesAdded: number
  linesDeleted: number
}

export interface RedactionRequest {
  throughSeq: number
  reason: string
  by: { role: string; sub: string }
  /** Signs the record of what it changes. */
  signer: Signer
}

const EVENTS_AT_ONCE = 100
const ROWS_AT_ONCE = 20

/**
 * Masks the rows of a session in one transaction, adds the signed record, forgets what was computed, and has the archive of
 * a closed session written anew. The links of the chain over what changes lose their salts. Only rows that change are written, a page at a time.
 * 'purged' where the rows are not all there any more; null where the session is gone. Masks name places and keep
 * lengths, so those that were made before another redaction are good after it.
 * Throws StoreError.
 */
export async function redactRows(
  db: Database,
  sessionId: string,
  masks: RowMasks,
  { throughSeq, reason, by, signer }: RedactionRequest,
): Promise<Redaction | 'purged' | null> {
  try {
    return await db.transact(async (tx) => {
      // Whoever writes rows of the session holds this lock: the flush, a purge, what puts purged rows back.
      const [session] = await tx<{ purged: string }[]>`
        select purged_through_seq as purged from session_recordings
        where id = ${sessionId} and erase_requested_at is null for update`
      if (!session) return null
      if (Number(session.purged) > 0) return 'purged'

      const tally = new Tally()
      const snapshotSeqs = await snapshotsToMask(tx, sessionId, masks)
      const links = await RedactedLinks.watch(tx, sessionId, concat(masks.seqs, snapshotSeqs))
      await maskEvents(tx, sessionId, masks, tally)
      await maskSnapshots(tx, sessionId, masks, snapshotSeqs)
      await maskTurnsAndTests(tx, sessionId, masks)
      await maskQuarantined(tx, sessionId, masks)
      await maskAnnotations(tx, sessionId, masks, tally)
      await maskSession(tx, sessionId, masks, tally)
      const { kind, fromSeq, toSeq } = masks
      const { eventCount, placeCount, places } = tally
      const record = { kind, fromSeq, toSeq, throughSeq, reason, eventCount, placeCount, places }
      // A trigger of that table takes the session's keyframe, for earlier releases as well, which know of none.
      const redaction = await insertRedaction(tx, sessionId, { ...record, role: by.role, author: by.sub })
      await insertRecord(tx, signer, sessionId, redaction, await links.seal())
      await tx`delete from session_analyses where session_id = ${sessionId}`
      // It tells the session's own texts as they were.
      await tx`delete from session_seals where session_id = ${sessionId}`
      await tx`
        update session_recordings set archive_state = 'pending', archive_generation = archive_generation + 1,
          archive_attempts = 0, archive_retry_at = null
        where id = ${sessionId} and status <> 'ACTIVE'`
      return redaction
    })
  } catch (error) {
    throw toStoreError(error)
  }
}

/** What was masked, counted; the first places are kept. */
export class Tally {
  eventCount = 0
  placeCount = 0
  readonly places: RedactedPlace[] = []

  add(places: readonly RedactedPlace[]): void {
    this.placeCount += places.length
    for (const place of places) if (this.places.length < MAX_LISTED_PLACES) this.places.push(place)
  }
}

interface EventRow {
  seq: string
  type: string
  data: unknown
  fileId: string | null
  meta: EventMeta | null
}

/** Before the snapshots: an event that can refer to none any more takes the text as it still is there. */
async function maskEvents(tx: Tx, sessionId: string, masks: RowMasks, tally: Tally): Promise<void> {
  for (const seqs of inChunks(masks.seqs, EVENTS_AT_ONCE)) {
    const rows = await tx<EventRow[]>`
      select seq, type, data, file_id as "fileId", meta from session_events
      where session_id = ${sessionId} and seq = any(${seqs}::bigint[]) order by seq`
    const referred = [...new Set(rows.flatMap((row) => snapshotSeqOf(row) ?? []))]
    const texts =
      referred.length === 0
        ? []
        : await tx<{ seq: string; content: string; original: string | null }[]>`
            select seq, full_content as content, content_original as original from code_snapshots
            where session_id = ${sessionId} and seq = any(${referred}::bigint[])`
    const textOf = new Map(texts.map((row) => [Number(row.seq), row.original ?? row.content]))
    const changed: { seq: number; json: string; fileId: string | null; meta: string }[] = []
    for (const row of rows) {
      const event = { ...row, seq: Number(row.seq), fileId: row.meta?.fileId ?? row.fileId }
      const masked = masks.event(event, textOf.get(snapshotSeqOf(row) ?? -1))
      if (masked.places.length > 0) tally.eventCount++
      tally.add(masked.places)
      if (masked.data === row.data && masked.fileId === event.fileId) continue
      const meta = metaOf(row.meta, masked.fileId)
      changed.push({ seq: event.seq, json: JSON.stringify(masked.data), fileId: masked.fileId, meta })
    }
    if (changed.length === 0) continue
    await tx`
      update session_events e set data = m.data::json, file_id = case when m.has_file = 1 then m.file_id end,
        meta = nullif(m.meta, '')::json
      from unnest(${changed.map((row) => row.seq)}::bigint[], ${changed.map((row) => row.json)}::text[],
          ${changed.map((row) => (row.fileId === null ? 0 : 1))}::int[],
          ${changed.map((row) => toColumnText(row.fileId ?? ''))}::text[], ${changed.map((row) => row.meta)}::text[])
        as m (seq, data, has_file, file_id, meta)
      where e.session_id = ${sessionId} and e.seq = m.seq`
  }
}

/** The path stands there only where the column can't hold it. */
function metaOf(meta: EventMeta | null, fileId: string | null): string {
  if (meta === null) return ''
  const { fileId: _, ...rest } = meta
  const kept: EventMeta = fileId !== null && toColumnText(fileId) !== fileId ? { ...rest, fileId } : rest
  return Object.keys(kept).length === 0 ? '' : JSON.stringify(kept)
}

interface SnapshotRow {
  seq: string
  fileId: string
  fileName: string
  language: string | null
  content: string
  original: string | null
  diff: Json
  linesAdded: number
  linesDeleted: number
}

/** OID of the type json: the driver's own helper sends jsonb, which refuses NULs and lone surrogates [R8]. */
const JSON_OID = 114

/** The snapshots whose rows may change: those that are named, and those that tell what changed since a masked one. */
async function snapshotsToMask(tx: Tx, sessionId: string, masks: RowMasks): Promise<number[]> {
  const { fromSeq, toSeq, snapshotSeqs } = masks
  const named = [...new Set([...masks.typedSeqs, ...snapshotSeqs, ...masks.previousTextSeqs])]
  // The seq of the one before it is at the beginning of a diff's text; no operator may look into candidates' JSON [R8].
  const found = await tx<{ seq: string }[]>`
    select seq from code_snapshots
    where session_id = ${sessionId} and (seq = any(${named}::bigint[])
      or seq between ${fromSeq ?? 0} and ${toSeq ?? 0}
      or substring(left(diff_from_previous::text, 40) from '^{"fromSeq":([0-9]+)')::bigint
        = any(${[...snapshotSeqs]}::bigint[]))
    order by seq`
  return found.map((row) => Number(row.seq))
}

async function maskSnapshots(
  tx: Tx,
  sessionId: string,
  masks: RowMasks,
  allSeqs: readonly number[],
): Promise<void> {
  for (const seqs of inChunks(allSeqs, ROWS_AT_ONCE)) {
    const rows = await tx<SnapshotRow[]>`
      select seq, file_id as "fileId", file_name as "fileName", language, full_content as content,
        content_original as original, diff_from_previous as diff, lines_added as "linesAdded",
        lines_deleted as "linesDeleted"
      from code_snapshots where session_id = ${sessionId} and seq = any(${seqs}::bigint[])`
    for (const row of rows) {
      const seq = Number(row.seq)
      const masked = masks.snapshot(seq, { ...row, content: row.original ?? row.content })
      const columns = contentColumns(masked.content)
      const json = (value: unknown) => (value === null ? null : tx.typed(value as never, JSON_OID))
      await tx`
        update code_snapshots set file_id = ${masks.name(row.fileId)}, file_name = ${masks.name(row.fileName)},
          language = ${row.language === null ? null : masks.column(seq, row.language)},
          content_hash = ${hashText(masked.content)}, full_content = ${columns.full_content},
          content_original = ${json(columns.content_original)}, diff_from_previous = ${json(masked.diff)},
          lines_added = ${masked.linesAdded}, lines_deleted = ${masked.linesDeleted}
        where session_id = ${sessionId} and seq = ${seq}`
    }
  }
}

async function maskTurnsAndTests(tx: Tx, sessionId: string, masks: RowMasks): Promise<void> {
  const range = { from: masks.fromSeq ?? 0, to: masks.toSeq ?? 0 }
  const typed = [...masks.typedSeqs]
  const turns = await tx<{ seq: string }[]>`
    select seq from claude_interactions where session_id = ${sessionId}
      and (seq = any(${typed}::bigint[]) or seq between ${range.from} and ${range.to}) order by seq`
  for (const { seq } of turns) {
    const [row] = await tx<{ content: string; model: string | null }[]>`
      select content, model from claude_interactions where session_id = ${sessionId} and seq = ${seq}`
    if (!row) continue
    const mask = (text: string | null) => (text === null ? null : masks.column(Number(seq), text))
    await tx`
      update claude_interactions set content = ${mask(row.content)}, model = ${mask(row.model)}
      where session_id = ${sessionId} and seq = ${seq}`
  }
  const tests = await tx<{ seq: string }[]>`
    select seq from test_results where session_id = ${sessionId}
      and (seq = any(${typed}::bigint[]) or seq between ${range.from} and ${range.to}) order by seq`
  for (const { seq } of tests) {
    const [row] = await tx<{ name: string; output: string | null; error: string | null }[]>`
      select test_name as name, output, error from test_results where session_id = ${sessionId} and seq = ${seq}`
    if (!row) continue
    const mask = (text: string | null) => (text === null ? null : masks.column(Number(seq), text))
    await tx`
      update test_results set test_name = ${mask(row.name)}, output = ${mask(row.output)}, error = ${mask(row.error)}
      where session_id = ${sessionId} and seq = ${seq}`
  }
}

function* concat<T>(...lists: Iterable<T>[]): Generator<T> {
  for (const list of lists) yield* list
}

export function* inChunks<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let chunk: T[] = []
  for (const item of items) {
    chunk.push(item)
    if (chunk.length < size) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}
