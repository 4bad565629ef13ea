import { type EventBuffer, readBatch, runPipeline } from './event-buffer.js'
import type { BufferedBatch } from './records.js'

/** How far somebody has read a session's buffer. */
export interface BufferPlace {
  sessionId: string
  epoch: number
  /** Read up to here. */
  seq: number
}

/**
 * The batches behind each place, in the order of the places: those that follow it without a hole, in its epoch, at
 * most `maxBatches`. None where something else comes next: another epoch, or a seq further on, since what lies
 * between was committed and trimmed. All are read in one round trip, with what is read already left in Redis.
 * Throws StoreError.
 */
export async function readAfter(
  { redis, keys }: EventBuffer,
  places: readonly BufferPlace[],
  maxBatches: number,
): Promise<BufferedBatch[][]> {
  if (places.length === 0) return []
  const pipeline = redis.pipeline()
  for (const { sessionId, epoch, seq } of places) {
    const stream = keys.stream(keys.shardOf(sessionId), sessionId)
    pipeline.xrange(stream, `${epoch}-${seq + 1}`, '+', 'COUNT', maxBatches)
  }
  const answers = (await runPipeline(pipeline)) as [string, string[]][][]
  return answers.map((entries, i) => consecutive(entries, places[i] as BufferPlace))
}

function consecutive(entries: readonly [string, string[]][], { epoch, seq }: BufferPlace): BufferedBatch[] {
  const batches: BufferedBatch[] = []
  let nextSeq = seq + 1
  for (const entry of entries) {
    const batch = readBatch(entry)
    if (!entry[0].startsWith(`${epoch}-`) || batch.firstSeq !== nextSeq) break
    batches.push(batch)
    nextSeq += batch.count
  }
  return batches
}
