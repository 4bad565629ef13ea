import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { importSource } from '../support/import-source.mjs'
import { ROOT } from '../support/root.mjs'

const RECORDINGS = process.env.RECORDINGS_DIR ?? join(ROOT, '../shared/data')
/** Of the many snapshots that the weaving takes, so many are left out for one that stays: edits tell the text as well. */
const SNAPSHOTS_PER_KEPT = 10
const PAGE_ROWS = 1000
const START_MS = 1_760_000_000_000

/** @typedef {[sec: number, channel: 'o' | 'r', data: string]} Chunk what a terminal printed, or its new size */

/**
 * Writes a session of so many events, the real recordings over and over, each time as a page that was loaded anew, into an
 * archive in a folder, with the worker's own code.
 * @param {string} folder
 * @param {number} eventCount
 * @param {(text: string) => void} say
 */
export async function buildSession(folder, eventCount, say) {
  if (!existsSync(RECORDINGS))
    throw new Error(`There are no recordings in ${RECORDINGS}: name their folder with RECORDINGS_DIR.`)
  const [
    { weaveInterview },
    { writeRecording },
    { openDirectoryStore },
    { playerObjects },
    { isCheckpoint },
  ] = await Promise.all(
    [
      'scripts/simulate/weave/weave-interview.ts',
      'db/archive/write-recording.ts',
      'db/archive/directory-store.ts',
      'workers/archive/player-objects.ts',
      'protocol/event-types.ts',
    ].map(importSource),
  )
  let snapshots = 0
  const interview = weaveInterview(RECORDINGS).events.filter(
    (/** @type {{ type: string }} */ event) =>
      event.type !== 'code_snapshot' || snapshots++ % SNAPSHOTS_PER_KEPT === 0,
  )
  const lengthMs = interview.at(-1).offsetMs + 60_000

  /** @returns {Generator<Record<string, any>>} */
  function* events() {
    for (let i = 0; i < eventCount; i++) {
      const round = Math.floor(i / interview.length)
      const place = i % interview.length
      const { type, data, fileId = null, offsetMs, checkpoint } = interview[place]
      const seq = i + 1
      const timestampMs = START_MS + round * lengthMs + offsetMs
      const stored = type === 'code_snapshot' ? { ...data, content: { $snapshot: seq } } : data
      yield {
        row: {
          seq,
          type,
          timestampMs,
          receivedAtMs: timestampMs + 40,
          dataJson: JSON.stringify(stored),
          fileId,
          checkpoint: isCheckpoint(type, data, checkpoint),
          source: round + 1,
          sourceSeq: place + 1,
        },
        content: type === 'code_snapshot' ? data.content : null,
        fileName: data?.fileName,
      }
    }
  }
  async function* eventPages() {
    let page = []
    for (const { row } of events()) {
      page.push(row)
      if (page.length < PAGE_ROWS) continue
      if (row.seq % 100_000 === 0) say(`writing: ${row.seq} of ${eventCount} events`)
      yield page
      page = []
    }
    yield page
  }
  async function* snapshotPages() {
    for (const { row, content, fileName } of events()) {
      if (content === null) continue
      const { seq, fileId, timestampMs } = row
      const contentHash = createHash('sha256').update(content).digest('hex')
      const lines = { diffFromPrevious: null, linesAdded: 0, linesDeleted: 0 }
      yield [
        {
          seq,
          fileId: fileId ?? fileName,
          fileName,
          language: null,
          contentHash,
          content,
          timestampMs,
          ...lines,
        },
      ]
    }
  }
  /** @type {Chunk[]} */
  const terminal = []
  for (const { row } of onlyTerminal(events())) {
    const { channel, data } = JSON.parse(row.dataJson)
    if (channel !== 'i') terminal.push([(row.timestampMs - START_MS) / 1000, channel, data])
  }
  const prefix = 'sessions/bench'
  const startedMs = performance.now()
  const rounds = Math.ceil(eventCount / interview.length)
  const written = await writeRecording(openDirectoryStore(folder), prefix, {
    generation: 1,
    session: {
      id: 'bench',
      candidateId: 'bench',
      status: 'COMPLETED',
      startTimeMs: START_MS,
      endTimeMs: START_MS + rounds * lengthMs,
      durationSec: Math.round((rounds * lengthMs) / 1000),
      eventCount,
    },
    sources: [],
    stats: {},
    events: eventPages(),
    snapshots: snapshotPages(),
    derived: playerObjects((/** @type {unknown} */ error) => {
      throw error
    }),
  })
  return {
    prefix,
    metadata: written.metadata,
    bytes: written.storageSizeBytes,
    terminal,
    tookMs: performance.now() - startedMs,
  }
}

/** @param {Iterable<Record<string, any>>} events */
function* onlyTerminal(events) {
  for (const event of events) if (event.row.type === 'terminal_stream') yield event
}
