import type { ArchivedSession } from '../../protocol/archive-format.js'
import type { ArchivableEvent, ArchivableSnapshot } from '../../protocol/archive-lines.js'
import type { RecordedEvent, SourceInfo } from '../../protocol/events.js'
import type { RecordingToArchive } from '../archive/write-recording.js'

export const SESSION_ID = '5e551011-0000-4000-8000-000000000001'
export const START_MS = 1_760_000_000_000

/** Rows in pages, as a database cursor gives them. */
export async function* pagesOf<Row>(rows: readonly Row[], pageRows = 1000): AsyncGenerator<Row[]> {
  for (let at = 0; at < rows.length; at += pageRows) yield rows.slice(at, at + pageRows)
}

/** An event as one tab sends them, 100 ms apart; `seq` decides all that is not said. */
export function anEvent(seq: number, changes: Partial<ArchivableEvent> = {}): ArchivableEvent {
  const timestampMs = changes.timestampMs ?? START_MS + seq * 100
  return {
    seq,
    type: 'code_edit',
    timestampMs,
    dataJson: `{"changes":[[${seq},0,"x"]],"origin":"typed"}`,
    fileId: 'src/main.py',
    checkpoint: false,
    source: 1,
    sourceSeq: seq,
    receivedAtMs: timestampMs + 7,
    ...changes,
  }
}

export function aSnapshot(
  seq: number,
  content: string,
  changes: Partial<ArchivableSnapshot> = {},
): ArchivableSnapshot {
  return {
    seq,
    fileId: 'src/main.py',
    fileName: 'main.py',
    language: 'python',
    contentHash: '0'.repeat(64),
    content,
    diffFromPrevious: null,
    linesAdded: content.split('\n').length,
    linesDeleted: 0,
    timestampMs: START_MS + seq * 100,
    ...changes,
  }
}

const aSession = (eventCount: number): ArchivedSession => ({
  id: SESSION_ID,
  candidateId: 'candidate-1',
  status: 'COMPLETED',
  startTimeMs: START_MS,
  endTimeMs: START_MS + 3_600_000,
  durationSec: 3600,
  eventCount,
  question: { id: 'two-sum', title: 'Two Sum — “classic”', nul: '\0', lone: '\ud800' },
  timeLimit: 3600,
})

const SOURCES: SourceInfo[] = [
  {
    source: 1,
    sourceId: 'tab-1',
    role: 'candidate',
    sub: 'candidate-1',
    userAgent: 'Mozilla/5.0',
    firstSeenMs: START_MS,
    lastSeenMs: START_MS + 3_600_000,
  },
  {
    source: 2,
    sourceId: 'backend-1',
    role: 'service',
    sub: 'platform',
    userAgent: null,
    firstSeenMs: START_MS,
    lastSeenMs: START_MS + 3_600_000,
  },
]

/** What writeRecording takes; the pages can be read once, so each writing needs one of its own. */
export const aRecording = (
  events: readonly ArchivableEvent[],
  snapshots: readonly ArchivableSnapshot[] = [],
  generation = 1,
): RecordingToArchive => ({
  generation,
  session: aSession(events.length),
  sources: SOURCES,
  stats: { totalEvents: events.length },
  events: pagesOf(events),
  snapshots: pagesOf(snapshots),
})

/** A small recording with one of everything that the format has a rule for. */
export const everyRule: { events: ArchivableEvent[]; snapshots: ArchivableSnapshot[] } = {
  events: [
    anEvent(1, {
      type: 'session_start',
      fileId: null,
      checkpoint: true,
      dataJson: '{"questionTitle":"Two Sum","timeLimit":3600}',
    }),
    anEvent(2),
    // Received with the one before.
    anEvent(3, { receivedAtMs: START_MS + 207 }),
    // From another source, and back: both say who they are.
    anEvent(4, {
      type: 'terminal_stream',
      fileId: null,
      source: 2,
      sourceSeq: 1,
      dataJson: '{"channel":"o","data":"\\u0000\\u001b[0m"}',
    }),
    anEvent(5, { sourceSeq: 4, dataJson: '{"changes":[[5,0,"\\ud83d"]],"origin":"typed"}' }),
    // The first of a segment of three, though nothing about its source is new.
    anEvent(6, { sourceSeq: 5 }),
    anEvent(7, {
      type: 'code_snapshot',
      checkpoint: true,
      sourceSeq: 6,
      dataJson: '{"fileName":"main.py","language":"python","content":{"$snapshot":7}}',
    }),
    // Late, with a clock far off, its own time kept beside the one that may not fall.
    anEvent(8, {
      type: 'custom:lint',
      fileId: 'été/\u2028 "quoted".py',
      checkpoint: true,
      sourceSeq: 7,
      timestampMs: START_MS + 700.5,
      receivedAtMs: START_MS + 90_000_000,
      rawTimestamp: 12.25,
      flags: ['clock_far', 'late'],
      dataJson: '{"text":"a \u2028 b","list":[1, 2.50, 1e3],"again":1,"again":2}',
    }),
    // An equal snapshot of the file, stored once.
    anEvent(9, {
      type: 'code_snapshot',
      checkpoint: true,
      sourceSeq: 8,
      dataJson: '{"fileName":"main.py","content":{"$snapshot":7},"kept":true}',
    }),
    anEvent(10, {
      type: 'code_snapshot',
      checkpoint: true,
      fileId: 'b.py',
      sourceSeq: 9,
      dataJson: '{"content":{"$snapshot":10},"fileName":"b.py"}',
    }),
    // JSON text that stands on several lines, as only other writers' rows could.
    anEvent(11, { type: 'custom:pretty', fileId: '', sourceSeq: 10, dataJson: '{\r\n  "a": "b"\n}' }),
    // So far from its receive time that a difference would be rounded.
    anEvent(12, {
      type: 'keystroke',
      sourceSeq: 11,
      timestampMs: 0.1,
      receivedAtMs: START_MS + 1,
      dataJson: '{}',
    }),
  ],
  snapshots: [
    aSnapshot(7, 'print("one")\nnul \0 lone \ud83d end\n', { diffFromPrevious: null }),
    aSnapshot(10, '', {
      fileId: 'b.py',
      fileName: 'b.py',
      language: null,
      diffFromPrevious: [[1, '\udc00']],
      linesAdded: 0,
    }),
  ],
}

export async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** What reading must give of rows: all of the row but its receive time, snapshots' texts in their places. */
export function recordedOf({
  events,
  snapshots = [],
}: Partial<typeof everyRule> & { events: ArchivableEvent[] }): RecordedEvent[] {
  return events.map(({ timestampMs, dataJson, receivedAtMs: _, ...rest }) => {
    const data = JSON.parse(dataJson)
    const snapshotSeq = rest.type === 'code_snapshot' ? data.content.$snapshot : undefined
    if (snapshotSeq !== undefined) data.content = snapshots.find(({ seq }) => seq === snapshotSeq)?.content
    return { ...rest, timestamp: timestampMs, data }
  })
}
