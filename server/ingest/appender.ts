import type { AppendResult, BufferedAppend, EventBuffer } from '../../db/buffer/event-buffer.js'
import { StoreError } from '../../db/errors.js'

interface Waiting {
  batch: BufferedAppend
  resolve: (result: AppendResult) => void
  reject: (error: unknown) => void
}

/** In one script call, so that Redis is never blocked for long. */
const MAX_CALL_BATCHES = 256
const MAX_CALL_CHARS = 4 * 1024 * 1024
/** What may wait for Redis in this process [I8]; above it writers are told to come again. */
const MAX_WAITING_CHARS = 128 * 1024 * 1024

/**
 * Appends batches to the buffer, all that arrive for one Redis (in a cluster: for one shard) within one turn of the event
 * loop in one script call: the call's own cost is what limits ingest, and pipelining does not lower it. Batches of one
 * connection keep their order, since calls follow each other on one connection.
 */
export class Appender {
  private readonly waiting = new Map<number, Waiting[]>()
  private waitingChars = 0

  constructor(
    private readonly buffer: EventBuffer,
    private readonly clock: () => number,
    private readonly onFull: () => void = () => {},
  ) {}

  /** Throws StoreError where Redis is away; nothing was appended then, or a resend will find that it was. */
  append(batch: BufferedAppend): Promise<AppendResult> {
    if (this.waitingChars > MAX_WAITING_CHARS) {
      this.onFull()
      return Promise.reject(new StoreError('unavailable', 'redis', 'APPEND_QUEUE_FULL'))
    }
    const place = this.buffer.placeOf(batch.sessionId)
    return new Promise((resolve, reject) => {
      const queue = this.waiting.get(place)
      this.waitingChars += batch.lines.length
      if (queue) queue.push({ batch, resolve, reject })
      else {
        this.waiting.set(place, [{ batch, resolve, reject }])
        setImmediate(() => this.send(place))
      }
    })
  }

  private send(place: number): void {
    const queue = this.waiting.get(place) ?? []
    this.waiting.delete(place)
    for (let start = 0; start < queue.length; ) {
      const end = endOfCall(queue, start)
      this.call(queue.slice(start, end))
      start = end
    }
  }

  private async call(calls: readonly Waiting[]): Promise<void> {
    try {
      const batches = calls.map((waiting) => waiting.batch)
      const results = await this.buffer.append(batches, this.clock())
      calls.forEach((waiting, i) => {
        const result = results[i] as AppendResult | StoreError
        if (result instanceof StoreError) waiting.reject(result)
        else waiting.resolve(result)
      })
    } catch (error) {
      for (const waiting of calls) waiting.reject(error)
    }
    for (const { batch } of calls) this.waitingChars -= batch.lines.length
  }
}

function endOfCall(queue: readonly Waiting[], start: number): number {
  let chars = 0
  let end = start
  while (end < queue.length && end - start < MAX_CALL_BATCHES) {
    chars += queue[end]?.batch.lines.length ?? 0
    if (end > start && chars > MAX_CALL_CHARS) break
    end += 1
  }
  return end
}
