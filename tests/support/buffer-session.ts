import { randomBytes } from 'node:crypto'
import type { BufferedAppend, EpochStart, EventBuffer } from '../../db/buffer/event-buffer.js'
import { decodeEventLine } from '../../db/buffer/event-line.js'
import { keysWith, removeKeysWith } from './redis-keys.js'
import { testServices } from './services.js'
import { anId, batchOf, openBuffer, START_MS, type TestEvent } from './stores.js'

/** An event buffer of this test's own on the common Redis, gone with its keys at the end. */
export async function openTestBuffer() {
  const prefix = `b${randomBytes(6).toString('hex')}:`
  const buffer = await openBuffer(testServices().redisUrl, prefix)
  const keys = () => keysWith(buffer.redis, prefix)
  return {
    buffer,
    keys,
    close: async () => {
      await removeKeysWith(buffer.redis, prefix)
      await buffer[Symbol.asyncDispose]()
    },
  }
}

/** One session of the buffer, with short words for what a gateway and a worker do to it. */
export function bufferSession(buffer: EventBuffer, sessionId = anId()) {
  const shard = buffer.keys.shardOf(sessionId)
  const keys = { meta: buffer.keys.meta(shard, sessionId), stream: buffer.keys.stream(shard, sessionId) }
  const identity = (source: number) => JSON.stringify(['candidate', 'c', `source-${source}`])
  const self = {
    sessionId,
    shard,
    keys,
    epoch: 1,
    enter: async (committed: Record<number, number>, start: Partial<EpochStart> = {}, nowMs = START_MS) => {
      const sources = Object.entries(committed).map(([source, committedSeq]) => ({
        source: Number(source),
        identity: identity(Number(source)),
        committedSeq,
      }))
      const committedSeq = sources.reduce((sum, s) => sum + s.committedSeq, 0)
      const whole = {
        sessionId,
        epoch: self.epoch,
        committedSeq,
        sealedMs: null,
        graceUntilMs: null,
        keystrokeSampling: 10,
        sources,
      }
      const epoch = await buffer.enterEpoch({ ...whole, ...start }, nowMs)
      self.epoch = epoch
      return epoch
    },
    admit: async (
      source: number,
      fence: 'raise' | 'none' | number = 'none',
      { committedSeq = 0, identity: named = identity(source), nowMs = START_MS } = {},
    ) => {
      const known = { source, identity: named, committedSeq }
      const answer = await buffer.admit(sessionId, self.epoch, known, fence, nowMs)
      if (typeof answer === 'string') throw new Error(answer)
      return answer
    },
    batch: (source: number, firstSeq: number, events: number | TestEvent[], fence = 0) =>
      batchOf({ sessionId, epoch: self.epoch, source, fence, firstSeq }, events),
    append: (source: number, firstSeq: number, events: number | TestEvent[], fence = 0, nowMs = START_MS) =>
      self.send([self.batch(source, firstSeq, events, fence)], nowMs).then(([answer]) => answer),
    send: (batches: BufferedAppend[], nowMs = START_MS) => buffer.append(batches, nowMs),
    /** What a flush would read: the promised seq, the place in the source and the data of each event. */
    events: async () => {
      const read = await buffer.read(sessionId, 1000)
      return (read?.batches ?? []).flatMap((b) =>
        b.lines.map((line, i) => [
          b.firstSeq + i,
          b.source,
          b.firstSourceSeq + i,
          JSON.parse(decodeEventLine(line).dataJson),
        ]),
      )
    },
    meta: async () => {
      const meta = await buffer.meta(sessionId)
      if (meta === null) throw new Error('the buffer does not know the session')
      return meta
    },
    trim: (committedSeq: number, sources: Record<number, number>, keepFromSeq = committedSeq + 1) =>
      buffer.trim(
        {
          sessionId,
          epoch: self.epoch,
          committedSeq,
          keepFromSeq,
          committedBytes: 0,
          moreIsDue: false,
          sources: Object.entries(sources).map(([source, seq]) => ({
            source: Number(source),
            committedSeq: seq,
          })),
        },
        START_MS,
      ),
    /** The lowest source seq that is held back, by source. */
    held: async () => Object.fromEntries(await buffer.heldFrom(sessionId)),
    /** Takes the batch that was promised `seq` out, as a Redis that lost it would. */
    lose: (seq: number) => buffer.redis.xdel(keys.stream, `${self.epoch}-${seq}`),
    /** Redis as it is now; what is returned puts it back, as a restart that lost the tail of the AOF does. */
    photograph: async () => {
      const dumps = await Promise.all([keys.meta, keys.stream].map((key) => buffer.redis.dumpBuffer(key)))
      return async () => {
        for (const [i, key] of [keys.meta, keys.stream].entries()) {
          await buffer.redis.del(key)
          if (dumps[i]) await buffer.redis.restore(key, 0, dumps[i], 'REPLACE')
        }
      }
    },
    dueAt: async () => {
      const score = await buffer.redis.zscore(buffer.keys.dirty(shard), sessionId)
      return score === null ? null : Number(score)
    },
  }
  return self
}
export type BufferSession = ReturnType<typeof bufferSession>
