import { type EventBuffer, readBatch } from './event-buffer.js'
import { pipelined } from './pipelines.js'
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
 * between was committed and trimmed. All are read in one round trip, in a cluster one for each shard, with what is read already left in Redis.
 * Throws StoreError.
 */
export async function readAfter(
  { redis, keys }: EventBuffer,
  places: readonly BufferPlace[],
  maxBatches: number,
): Promise<BufferedBatch[][]> {
  if (places.length === 0) return []
  const shardOf = ({ sessionId }: BufferPlace) => keys.shardOf(sessionId)
  const answers = await pipelined(redis, places, shardOf, (pipeline, place) => {
    const stream = keys.stream(shardOf(place), place.sessionId)
    pipeline.xrange(stream, `${place.epoch}-${place.seq + 1}`, '+', 'COUNT', maxBatches)
  })
  return (answers as [string, string[]][][]).map((entries, i) =>
    consecutive(entries, places[i] as BufferPlace),
  )
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
