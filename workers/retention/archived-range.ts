import type { RecordingReader } from '../../db/archive/read-recording.js'
import type { ArchivableEvent, ArchivableSnapshot } from '../../protocol/archive-lines.js'

/** What a session's archive has of a range of its rows. */
export interface ArchivedRange {
  throughSeq: number
  events: ArchivableEvent[]
  snapshots: ArchivableSnapshot[]
}

const MAX_ROWS = 2000
const MAX_SNAPSHOT_CHARS = 8 * 1024 * 1024

/**
 * The rows above `afterSeq` as the archive has them: so many as fit in memory and in one small transaction, one at
 * least; none where the archive ends before. Throws ArchiveError.
 */
export async function archivedRange(
  reader: RecordingReader,
  afterSeq: number,
  maxThroughSeq: number,
): Promise<ArchivedRange> {
  const segment = (await reader.readEventRows(afterSeq + 1)) ?? []
  const events = segment.filter((row) => row.seq > afterSeq && row.seq <= maxThroughSeq).slice(0, MAX_ROWS)
  let throughSeq = events.at(-1)?.seq ?? afterSeq
  const snapshots: ArchivableSnapshot[] = []
  let chars = 0
  for await (const snapshot of reader.readSnapshots({ afterSeq })) {
    if (snapshot.seq > throughSeq) break
    chars += snapshot.content.length
    if (snapshots.length > 0 && chars > MAX_SNAPSHOT_CHARS) {
      throughSeq = snapshot.seq - 1
      break
    }
    snapshots.push(snapshot)
  }
  return { throughSeq, events: events.filter((row) => row.seq <= throughSeq), snapshots }
}
