import type { RecordedEvent } from '../protocol/events.js'
import { asSent } from '../protocol/repairs.js'
import type { Database } from './connect.js'
import { StoreError, toStoreError } from './errors.js'
import { readSnapshotTexts } from './read-rows.js'
import { eventJson, eventOfRow, snapshotSeqOfRow } from './row-json.js'

const SEQS_PER_FETCH = 2000
const MAX_PAGE_EVENTS = 500
const MAX_PAGE_BYTES = 8 * 1024 * 1024
/** What the text of a snapshot is taken to have, which is known only when it is read. */
const SNAPSHOT_BYTES = 512 * 1024

/** An event with its text, and the row of code_snapshots that holds the text where it does not itself. */
export interface OrderedEvent extends RecordedEvent {
  snapshotSeq?: number
}

/**
 * The committed events of a session up to `throughSeq` in the order of replay, by time and then seq [R2], repairs where
 * they belong and as they were once sent [R5], a page at a time. Only their seqs are sorted, by PostgreSQL. All of them must be rows.
 * Throws StoreError, of kind conflict (MOVING) where rows were purged meanwhile.
 */
export async function* eventsInReplayOrder(
  db: Database,
  sessionId: string,
  throughSeq: number,
): AsyncGenerator<OrderedEvent[]> {
  let count = 0
  try {
    const sorted = db.sql<{ seq: string; type: string; bytes: number }[]>`
      select seq, type, octet_length(data::text) as bytes from session_events
      where session_id = ${sessionId} and seq <= ${throughSeq}
      order by "timestamp", coalesce(substring(meta::text from '^[{]"replaces":([0-9]+)')::bigint, seq), seq`
    let seqs: number[] = []
    let bytes = 0
    for await (const rows of sorted.cursor(SEQS_PER_FETCH)) {
      for (const row of rows) {
        seqs.push(Number(row.seq))
        bytes += row.bytes + (row.type === 'code_snapshot' ? SNAPSHOT_BYTES : 0)
        count++
        if (seqs.length < MAX_PAGE_EVENTS && bytes < MAX_PAGE_BYTES) continue
        yield await eventsOf(db, sessionId, seqs)
        seqs = []
        bytes = 0
      }
    }
    if (seqs.length > 0) yield await eventsOf(db, sessionId, seqs)
  } catch (error) {
    throw toStoreError(error)
  }
  // Whatever ended the list early, what it lacks must not be taken for not being there.
  if (count !== throughSeq) throw new StoreError('conflict', 'postgres', 'MOVING')
}

async function eventsOf(db: Database, sessionId: string, seqs: readonly number[]): Promise<OrderedEvent[]> {
  const { sql } = db
  const rows = await sql<{ seq: string; json: string }[]>`
    select seq, ${eventJson(sql)} as json from session_events
    where session_id = ${sessionId} and seq = any(${[...seqs]}::bigint[])`
  if (rows.length !== seqs.length) throw new StoreError('conflict', 'postgres', 'MOVING')
  const bySeq = new Map(rows.map((row) => [Number(row.seq), row.json]))
  const referred = rows.flatMap((row) => snapshotSeqOfRow(row.json) ?? [])
  const texts = await readSnapshotTexts(db, sessionId, referred)
  return seqs.map((seq) => {
    const json = bySeq.get(seq) as string
    const snapshotSeq = snapshotSeqOfRow(json)
    const text = snapshotSeq === null ? undefined : texts.get(snapshotSeq)
    const sent = asSent(eventOfRow(json, text))
    return snapshotSeq === null ? sent : { ...sent, snapshotSeq }
  })
}
