import { decodeEventLine } from '../../db/buffer/event-line.js'
import type { Tx } from '../../db/connect.js'
import { toColumnText } from '../../db/text.js'
import type { PlannedEvent } from './plan-session.js'
import { isSnapshot, type StoredSnapshot, type TypedRowReader } from './typed-rows.js'

/** A file of a session whose last snapshot will be asked for, and by which source. */
interface WantedSnapshot {
  sessionId: string
  fileId: string
  source: number
}

/** Of the files that are read at once: each text may have a MiB, and all are held while their sessions' rows are made. */
const MAX_READ_AT_ONCE = 32

/**
 * Reads under the locks of the flush transaction. The last snapshots of the files that these sessions bring snapshots of are
 * read by one statement beforehand, as many as fit: a statement for each file of each session was a tenth of what PostgreSQL did.
 */
export async function typedRowReader(
  tx: Tx,
  sessions: readonly { sessionId: string; events: readonly PlannedEvent[] }[],
): Promise<TypedRowReader> {
  const wanted = sessions.flatMap(wantedSnapshots).slice(0, MAX_READ_AT_ONCE)
  const found = await lastSnapshots(tx, wanted)
  const known = new Map(wanted.map((one, i) => [keyOf(one), found[i] ?? null]))
  return {
    lastSnapshot: async (sessionId, fileId, source) => {
      const one = { sessionId, fileId, source }
      const read = known.get(keyOf(one))
      return read === undefined ? ((await lastSnapshots(tx, [one]))[0] ?? null) : read
    },
    earlierPieces: async (sessionId, source, fromSourceSeq, toSourceSeq, type) => {
      const rows = await tx<{ data: unknown }[]>`
        select data from session_events
        where session_id = ${sessionId} and source = ${source} and source_seq between ${fromSourceSeq} and ${toSourceSeq}
          and type = ${type}
        order by source_seq`
      return rows.map((row) => row.data)
    },
  }
}

/** Each once. One whose event names no file is not among them: its name stands in the data. */
function wantedSnapshots({
  sessionId,
  events,
}: {
  sessionId: string
  events: readonly PlannedEvent[]
}): WantedSnapshot[] {
  const wanted = new Map<string, WantedSnapshot>()
  for (const { line, source } of events) {
    if (!isSnapshot(line)) continue
    const { fileId } = decodeEventLine(line)
    if (fileId === null) continue
    const one = { sessionId, fileId: toColumnText(fileId), source }
    wanted.set(keyOf(one), one)
  }
  return [...wanted.values()]
}

const keyOf = ({ sessionId, fileId, source }: WantedSnapshot) => `${sessionId}\t${source}\t${fileId}`

interface SnapshotRow {
  place: string
  seq: string
  source: number
  hash: string
  content: string
  original: string | null
}

/**
 * The last snapshot of each file: the source's own, where it has none the file's. In the order of `wanted`, undefined where there is
 * none. Both are the first row of the index from its end: sorted by source, all of a file's rows would be read each time.
 */
async function lastSnapshots(
  tx: Tx,
  wanted: readonly WantedSnapshot[],
): Promise<(StoredSnapshot | undefined)[]> {
  if (wanted.length === 0) return []
  const rows = await tx<SnapshotRow[]>`
    select w.place, s.seq, s.source, s.content_hash as hash, s.full_content as content, s.content_original as original
    from unnest(${wanted.map((one) => one.sessionId)}::uuid[], ${wanted.map((one) => one.fileId)}::text[],
        ${wanted.map((one) => one.source)}::int[]) with ordinality as w (session_id, file_id, source, place)
    cross join lateral (
      select * from (
        (select seq, source, content_hash, full_content, content_original from code_snapshots
          where session_id = w.session_id and file_id = w.file_id and source = w.source
          order by seq desc limit 1)
        union all
        (select seq, source, content_hash, full_content, content_original from code_snapshots
          where session_id = w.session_id and file_id = w.file_id
          order by seq desc limit 1)
      ) of_either order by (source = w.source) desc limit 1
    ) s`
  const found: (StoredSnapshot | undefined)[] = new Array(wanted.length)
  for (const { place, seq, source, hash, content, original } of rows)
    found[Number(place) - 1] = {
      seq: Number(seq),
      source,
      contentHash: hash,
      content: original ?? content,
    }
  return found
}
