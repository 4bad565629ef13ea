import { randomUUID } from 'node:crypto'
import { type BufferedAppend, EventBuffer } from '../../db/buffer/event-buffer.js'
import { encodeEventLine } from '../../db/buffer/event-line.js'
import { type Database, openDatabase } from '../../db/connect.js'
import { connectRedis, type RedisClient, redisReady } from '../../db/redis.js'
import { isCheckpoint } from '../../protocol/event-types.js'

/** A moment that no test depends on the passing of. */
export const START_MS = Date.UTC(2026, 10, 22, 12)

/** An event buffer of this process on the given Redis. Whoever opens it closes it. */
export async function openBuffer(redisUrl: string, prefix: string) {
  const redis = connectRedis(redisUrl, 'test')
  await redisReady(redis, 10_000)
  return Object.assign(openBufferOn(redis, prefix), {
    [Symbol.asyncDispose]: async () => redis.disconnect(),
  })
}

export const openBufferOn = (redis: RedisClient, prefix: string): EventBuffer =>
  new EventBuffer({ redis, prefix, shards: 4, dueAfterMs: 10_000, dueEvents: 100 })

/** A database handle of this process. */
export function openTestDatabase(url: string): Database & AsyncDisposable {
  const db = openDatabase({ url, applicationName: 'test', maxConnections: 12 })
  return Object.assign(db, { [Symbol.asyncDispose]: () => db.close() })
}

export interface TestEvent {
  type?: string
  data?: unknown
  fileId?: string | null
  timestampMs?: number
}

/** The line of an event, as the gateway would write it. */
export const lineOf = ({ type = 'custom:x', data = 1, fileId = null, timestampMs = START_MS }: TestEvent) =>
  encodeEventLine({
    type,
    timestampMs,
    checkpoint: isCheckpoint(type, data, false),
    fileId,
    meta: null,
    dataJson: JSON.stringify(data),
  })

/** A batch for the buffer; its events' data name their place in the source where nothing else is given. */
export function batchOf(
  place: { sessionId: string; epoch: number; source?: number; fence?: number; firstSeq: number },
  events: number | TestEvent[],
): BufferedAppend {
  const { source = 1, fence = 0, firstSeq } = place
  const list =
    typeof events === 'number'
      ? Array.from({ length: events }, (_, i): TestEvent => ({ data: `${source}:${firstSeq + i}` }))
      : events
  return {
    ...place,
    source,
    fence,
    count: list.length,
    firstTimestampMs: list[0]?.timestampMs ?? START_MS,
    lastTimestampMs: list.at(-1)?.timestampMs ?? START_MS,
    lines: list.map(lineOf).join('\n'),
  }
}

export const anId = (): string => randomUUID()
