import type { EventFlag, RecordedEvent } from '../protocol/events.js'
import type { BufferedBatch } from './buffer/event-buffer.js'
import { decodeEventLine, EVENT_LINE_VERSION } from './buffer/event-line.js'
import { StoreError } from './errors.js'
import { recorded } from './row-json.js'

/**
 * Buffered batches as events, under the seqs that were promised to them. Throws StoreError (BUFFER_VERSION) where one has a
 * format that this version does not know: a page that ends before it would be taken for the whole [R18].
 */
export function bufferedEvents(batches: readonly BufferedBatch[]): RecordedEvent[] {
  return batches.flatMap((batch) => {
    if (batch.version !== EVENT_LINE_VERSION) throw new StoreError('unavailable', 'redis', 'BUFFER_VERSION')
    return batch.lines.map((text, i) => {
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
    })
  })
}
