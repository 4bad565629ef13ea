import type { StoreError } from '../errors.js'
import type { RedisClient } from '../redis.js'
import { command, RedisScript, redisError } from '../redis-script.js'
import { AppendCalls } from './append.js'
import {
  ADMIT_SCRIPT,
  EPOCH_SCRIPT,
  FIT_SCRIPT,
  FORGET_SCRIPT,
  READ_SCRIPT,
  SEAL_SCRIPT,
  SKIP_SCRIPT,
  TRIM_SCRIPT,
} from './epoch-script.js'
import { bufferKeys } from './keys.js'
import { pipelined, runPipeline } from './pipelines.js'
import { placeOf } from './places.js'
import { HEAD_FIELDS, readBatch, readMeta } from './read-answers.js'
import type {
  Admission,
  AppendResult,
  BufferedAppend,
  BufferedBatch,
  BufferHead,
  BufferMeta,
  BufferOptions,
  EpochStart,
  FlushDue,
  TrimRequest,
  TrimResult,
} from './records.js'
import { RedisRun } from './redis-run.js'
import { Schedules } from './schedules.js'

export { readBatch, sourcesOf } from './read-answers.js'
export type * from './records.js'
export { PAST_THE_SEAL } from './records.js'

/** The event buffer: a session's batches between received and committed. Throws StoreError. */
export class EventBuffer {
  readonly redis: RedisClient
  readonly keys: ReturnType<typeof bufferKeys>
  readonly shards: number
  readonly schedules: Schedules
  private readonly due: FlushDue
  private readonly run: RedisRun
  private readonly calls: AppendCalls
  private readonly epochScript = new RedisScript(EPOCH_SCRIPT)
  private readonly admitScript = new RedisScript(ADMIT_SCRIPT)
  private readonly trimScript = new RedisScript(TRIM_SCRIPT)
  private readonly sealScript = new RedisScript(SEAL_SCRIPT)
  private readonly fitScript = new RedisScript(FIT_SCRIPT)
  private readonly forgetScript = new RedisScript(FORGET_SCRIPT)
  private readonly readScript = new RedisScript(READ_SCRIPT)
  private readonly skipScript = new RedisScript(SKIP_SCRIPT)

  constructor(options: BufferOptions) {
    this.redis = options.redis
    this.shards = options.shards
    this.due = options
    this.keys = bufferKeys(options)
    this.schedules = new Schedules(options.redis, this.keys, this.allShards())
    this.run = new RedisRun(options.redis, this.keys)
    this.calls = new AppendCalls(options.redis, this.keys, this.run, options)
    options.redis.on('close', () => this.run.forget())
  }

  /** What may be appended in one call goes to one place (places.ts). */
  placeOf(sessionId: string): number {
    return placeOf(this.redis, this.keys.shardOf(sessionId))
  }

  /** See {@link AppendCalls.append}. */
  append(batches: readonly BufferedAppend[], nowMs: number): Promise<(AppendResult | StoreError)[]> {
    return this.calls.append(batches, nowMs)
  }

  /** The run id that a session's epoch must have been made under to be still valid. Throws StoreError. */
  async runId(sessionId: string): Promise<string> {
    return (await this.run.current(this.keys.shardOf(sessionId))).runId
  }

  /** The run ids of all that have shards: one, or in a cluster one for each master. Throws StoreError. */
  async runIds(): Promise<string[]> {
    const lives = await Promise.all(this.allShards().map((shard) => this.run.current(shard)))
    return [...new Set(lives.map(({ runId }) => runId))].sort()
  }

  /**
   * Lets a source in. 'epoch' where the session's epoch is not `epoch` any more; 'taken' where the source's
   * number belongs to another one here, since PostgreSQL, restored to an earlier state, has given it twice [R13].
   * @param fence 'raise' for a new connection; 'none' for a writer without one; the connection's own fence when it
   *   comes again after a new epoch
   */
  async admit(
    sessionId: string,
    epoch: number,
    source: { source: number; identity: string; committedSeq: number },
    fence: 'raise' | 'none' | number,
    nowMs: number,
  ): Promise<Admission | 'epoch' | 'taken'> {
    const shard = this.keys.shardOf(sessionId)
    const args = [epoch, source.source, source.identity, source.committedSeq, fence, nowMs]
    const answer = await this.admitScript.run(this.redis, [this.keys.meta(shard, sessionId)], args)
    const [admitted, receivedSeq, committedSeq, given, last, sampling] = answer as [
      number,
      number,
      number,
      number,
      string,
      string,
    ]
    if (admitted < 0) return admitted === -1 ? 'epoch' : 'taken'
    const lastTimestampMs = last === '' ? null : Number(last)
    const keystrokeSampling = sampling === '' ? null : Number(sampling)
    return { epoch: admitted, receivedSeq, committedSeq, fence: given, lastTimestampMs, keystrokeSampling }
  }

  /** Moves the buffer into `start.epoch` unless it is there or beyond; returns the epoch it is in afterwards. */
  async enterEpoch(start: EpochStart, nowMs: number): Promise<number> {
    const shard = this.keys.shardOf(start.sessionId)
    const { runId } = await this.run.current(shard)
    const keys = [
      this.keys.meta(shard, start.sessionId),
      this.keys.stream(shard, start.sessionId),
      this.keys.held(shard, start.sessionId),
      this.keys.dirty(shard),
      this.keys.holes(shard),
      this.keys.active(shard),
    ]
    const args: (string | number)[] = [start.sessionId, start.epoch, runId, start.committedSeq, nowMs]
    args.push(start.sealedMs ?? '', start.graceUntilMs ?? '', start.keystrokeSampling)
    for (const source of start.sources) args.push(source.source, source.committedSeq, source.identity)
    return (await this.epochScript.run(this.redis, keys, args)) as number
  }

  /** Removes what is committed. */
  async trim(request: TrimRequest, nowMs: number): Promise<TrimResult> {
    const shard = this.keys.shardOf(request.sessionId)
    const keys = [
      this.keys.meta(shard, request.sessionId),
      this.keys.stream(shard, request.sessionId),
      this.keys.dirty(shard),
    ]
    const args: (string | number)[] = [request.sessionId, request.epoch, request.committedSeq]
    args.push(`${request.epoch}-${request.keepFromSeq}`, request.committedBytes, nowMs)
    args.push(request.moreIsDue ? 0 : this.due.dueAfterMs, this.due.dueEvents)
    for (const source of request.sources) args.push(source.source, source.committedSeq)
    const left = (await this.trimScript.run(this.redis, keys, args)) as number
    if (left < 0) return { kind: left === -1 ? 'epoch' : 'inconsistent' }
    return { kind: 'ok', eventsLeft: left }
  }

  /** Shuts the session [R12]. False where the buffer does not know it. */
  async seal(sessionId: string, sealedMs: number, graceUntilMs: number, nowMs: number): Promise<boolean> {
    const shard = this.keys.shardOf(sessionId)
    const keys = [this.keys.meta(shard, sessionId), this.keys.dirty(shard)]
    return (await this.sealScript.run(this.redis, keys, [sessionId, sealedMs, graceUntilMs, nowMs])) === 1
  }

  async meta(sessionId: string): Promise<BufferMeta | null> {
    return (await this.metas([sessionId]))[0] ?? null
  }

  /** What is known of a session and these fields, at a cost that does not grow with its sources; null as of `meta`. */
  async head(sessionId: string, fields: readonly string[]): Promise<BufferHead | null> {
    const key = this.keys.meta(this.keys.shardOf(sessionId), sessionId)
    const names = [...HEAD_FIELDS, ...fields]
    const values = await command(() => this.redis.hmget(key, ...names))
    const known = names.flatMap((name, i) => (values[i] == null ? [] : [[name, values[i]] as const]))
    const meta = readMeta(Object.fromEntries(known))
    if (meta === null) return null
    const { onlineUntilMs, ...head } = meta
    return head
  }

  /** In the order of the ids; null where the buffer does not know one. */
  async metas(sessionIds: readonly string[]): Promise<(BufferMeta | null)[]> {
    if (sessionIds.length === 0) return []
    const answers = await pipelined(this.redis, sessionIds, this.keys.shardOf, (pipeline, id) =>
      pipeline.hgetall(this.keys.meta(this.keys.shardOf(id), id)),
    )
    return answers.map((fields) => readMeta(fields as Record<string, string>))
  }

  /**
   * What is buffered, with the meta it belongs to and how much is held back behind holes, read in one transaction.
   * @param maxBatches reads the oldest so many
   */
  async read(
    sessionId: string,
    maxBatches: number,
    fromSeq = 0,
  ): Promise<{ meta: BufferMeta; batches: BufferedBatch[]; heldBatches: number } | null> {
    // A batch is found by its first seq; the one that holds fromSeq may start up to a batch before it.
    const [fields, entries, heldBatches] = await this.readAtOnce(sessionId, maxBatches)
    const meta = readMeta(fields as Record<string, string>)
    if (meta === null) return null
    const batches = (entries as [string, string[]][]).map(readBatch)
    const wanted = batches.filter((batch) => batch.firstSeq + batch.count > fromSeq)
    return { meta, batches: wanted, heldBatches: heldBatches as number }
  }

  private async readAtOnce(sessionId: string, maxBatches: number): Promise<unknown[]> {
    const shard = this.keys.shardOf(sessionId)
    const keys = [
      this.keys.meta(shard, sessionId),
      this.keys.stream(shard, sessionId),
      this.keys.held(shard, sessionId),
    ] as const
    const [meta, stream, held] = keys
    try {
      const transaction = this.redis.multi().hgetall(meta)
      return await runPipeline(transaction.xrange(stream, '-', '+', 'COUNT', maxBatches).xlen(held))
    } catch (error) {
      // A full Redis takes no transactions, not even to read what would empty it [I5].
      if (redisError(error).code !== 'EXECABORT') throw error
      const answer = await this.readScript.run(this.redis, [...keys], [maxBatches])
      const [flat, ...rest] = answer as [string[], ...unknown[]]
      const pairs = flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1]] as const] : []))
      return [Object.fromEntries(pairs), ...rest]
    }
  }

  /** How many of a session's oldest batches have so many bytes of lines together; one at least. */
  async batchesWithin(sessionId: string, bytes: number): Promise<number> {
    const stream = this.keys.stream(this.keys.shardOf(sessionId), sessionId)
    return (await this.fitScript.run(this.redis, [stream], [bytes])) as number
  }

  /** The lowest source seq held back, by source. */
  async heldFrom(sessionId: string): Promise<Map<number, number>> {
    const held = this.keys.held(this.keys.shardOf(sessionId), sessionId)
    const entries = await command(() => this.redis.xrange(held, '-', '+'))
    const first = new Map<number, number>()
    for (const { source, firstSourceSeq } of entries.map(readBatch)) {
      first.set(source, Math.min(first.get(source) ?? firstSourceSeq, firstSourceSeq))
    }
    return first
  }

  /** Moves a source's received watermark over a hole. False where it is not `receivedSeq` any more. */
  async skipTo(sessionId: string, source: number, receivedSeq: number, toSeq: number): Promise<boolean> {
    const meta = this.keys.meta(this.keys.shardOf(sessionId), sessionId)
    return (await this.skipScript.run(this.redis, [meta], [source, receivedSeq, toSeq])) === 1
  }

  async forgetHoles(sessionId: string, sources: readonly number[]): Promise<void> {
    const shard = this.keys.shardOf(sessionId)
    const transaction = this.redis.multi().zrem(this.keys.holes(shard), sessionId)
    if (sources.length > 0) {
      transaction.hdel(this.keys.meta(shard, sessionId), ...sources.map((source) => `g${source}`))
    }
    await runPipeline(transaction)
  }

  /** Takes a session out that holds nothing uncommitted and is still as it was found: in `epoch`, null where unknown. */
  async forget(sessionId: string, epoch: number | null): Promise<boolean> {
    const { keys } = this
    const shard = keys.shardOf(sessionId)
    const streams = [keys.meta(shard, sessionId), keys.stream(shard, sessionId), keys.held(shard, sessionId)]
    const sets = [keys.dirty(shard), keys.active(shard), keys.holes(shard)]
    return (await this.forgetScript.run(this.redis, [...streams, ...sets], [sessionId, epoch ?? ''])) === 1
  }

  /** Leaves nothing of a session behind, whatever it holds. */
  async remove(sessionId: string): Promise<void> {
    const shard = this.keys.shardOf(sessionId)
    const transaction = this.redis
      .multi()
      .del(
        this.keys.meta(shard, sessionId),
        this.keys.stream(shard, sessionId),
        this.keys.held(shard, sessionId),
        this.keys.chat(shard, sessionId),
        this.keys.traces(shard, sessionId),
      )
    for (const set of [this.keys.dirty(shard), this.keys.active(shard), this.keys.holes(shard)]) {
      transaction.zrem(set, sessionId)
    }
    await runPipeline(transaction)
  }

  private allShards(): number[] {
    return Array.from({ length: this.shards }, (_, shard) => shard)
  }
}
