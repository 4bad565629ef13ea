import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeEventLine } from '../../db/buffer/event-line.js'
import type { TypedRows } from '../../db/typed-rows.js'
import type { RecordedEvent } from '../../protocol/events.js'
import { createAnalysis } from '../../replay/analysis/index.js'
import type { PlannedEvent } from '../../workers/flush/plan-session.js'
import { addTypedRows, type TypedRowReader } from '../../workers/flush/typed-rows.js'
import { anySession } from './generated-session.js'

const planned = (event: RecordedEvent): PlannedEvent => ({
  seq: event.seq,
  source: event.source,
  sourceSeq: event.sourceSeq,
  receivedAtMs: event.timestamp,
  late: false,
  line: encodeEventLine({
    type: event.type,
    timestampMs: event.timestamp,
    checkpoint: event.checkpoint,
    fileId: event.fileId,
    meta: null,
    dataJson: JSON.stringify(event.data),
  }),
})

test('[R8] the lines of the statistics are those of code_snapshots, wherever the flush was cut', async () => {
  await fc.assert(
    fc.asyncProperty(anySession(), fc.array(fc.nat({ max: 120 }), { maxLength: 5 }), async (events, cuts) => {
      const rows: TypedRows = { snapshots: [], interactions: [], testResults: [] }
      const stored: TypedRows['snapshots'] = []
      const reader: TypedRowReader = {
        async lastSnapshot(_id, fileId, source) {
          const ofFile = stored.filter((row) => row.file_id === fileId)
          const row = ofFile.findLast((one) => one.source === source) ?? ofFile.at(-1)
          if (row === undefined) return null
          return {
            seq: row.seq,
            source: row.source,
            contentHash: row.content_hash,
            content: row.full_content,
          }
        },
        earlierPieces: async (_id, source, from, to, type) =>
          events
            .filter((e) => e.source === source && e.type === type && e.sourceSeq >= from && e.sourceSeq <= to)
            .map((e) => e.data),
      }
      let from = 0
      for (const to of [...cuts.sort((a, b) => a - b), events.length]) {
        await addTypedRows(rows, 's', events.slice(from, to).map(planned), reader)
        stored.push(...rows.snapshots.slice(stored.length))
        from = Math.max(from, to)
      }
      const analysis = createAnalysis()
      analysis.add(events)
      const { fileChanges } = analysis.stats({
        sessionId: 's',
        status: '',
        startMs: 0,
        endMs: null,
        ratings: new Map(),
      })
      const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0)
      expect(fileChanges.totalLinesAdded).toBe(total(stored.map((row) => row.lines_added)))
      expect(fileChanges.totalLinesDeleted).toBe(total(stored.map((row) => row.lines_deleted)))
    }),
    { numRuns: 150 },
  )
})
