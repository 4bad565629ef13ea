import { isCluster, type RedisClient } from '../redis.js'
import { command, RedisScript } from '../redis-script.js'
import { APPEND_SCRIPT } from './append-script.js'
import type { BufferKeys } from './keys.js'
import { placeOf } from './places.js'

/** A life of the Redis that has a shard, and the append script that only this life takes. */
export interface RedisLife {
  runId: string
  append: RedisScript
}

interface Known {
  life: Promise<RedisLife>
  askedAtMs: number
}

/** In a cluster nothing tells a client of a new master before it has a command for it. */
const BELIEVED_MS = 2_000

/**
 * Which life of Redis we are talking to. An epoch is made under one run id; a Redis that was restarted may have
 * lost its tail, so appending on under the old epoch would give seqs out a second time [R3].
 *
 * The append script is loaded under a text that contains the run id. A restarted Redis has an empty script cache and
 * answers NOSCRIPT, so a belief about the run id that has gone stale can never append anything, and noticing costs nothing
 * while all is well.
 *
 * In a cluster each shard has a life of its own, and a life ends also when another node becomes master, which may know less.
 * The id of a master's replication is new for each that was promoted or restarted, also for one that had been master
 * before and has the script still. So the script compares it itself (9 µs a call), and no belief has to be right.
 */
export class RedisRun {
  private readonly known = new Map<number, Known>()
  private readonly isCluster: boolean

  constructor(
    private readonly redis: RedisClient,
    private readonly keys: BufferKeys,
  ) {
    this.isCluster = isCluster(redis)
  }

  /** The life that has the shard; asks Redis when it is not known. What it has the append script find out may be stale. */
  believed(shard: number): Promise<RedisLife> {
    return (this.known.get(this.placeOf(shard)) ?? this.ask(shard)).life
  }

  /** As {@link believed}, and asks anew where that could have gone stale without anybody noticing. */
  current(shard: number): Promise<RedisLife> {
    const known = this.known.get(this.placeOf(shard))
    const isStale = this.isCluster && known !== undefined && performance.now() - known.askedAtMs > BELIEVED_MS
    return (isStale || !known ? this.ask(shard) : known).life
  }

  /** To be called when the append script is unknown to the shard's Redis, or the connection was lost: then without a shard. */
  forget(shard?: number): void {
    if (shard === undefined) this.known.clear()
    else this.known.delete(this.placeOf(shard))
  }

  /** A single Redis has one life for all shards. */
  private placeOf(shard: number): number {
    return placeOf(this.redis, shard)
  }

  private ask(shard: number): Known {
    const place = this.placeOf(shard)
    const life = this.isCluster ? this.lifeOfMaster(shard) : this.lifeOfServer()
    const known = { life, askedAtMs: performance.now() }
    this.known.set(place, known)
    life.catch(() => {
      if (this.known.get(place) === known) this.known.delete(place)
    })
    return known
  }

  private async lifeOfServer(): Promise<RedisLife> {
    const runId = idIn(await command(() => this.redis.info('server')), 'run_id')
    const append = new RedisScript(`-- run ${runId}\n${APPEND_SCRIPT}`)
    await append.load(this.redis)
    return { runId, append }
  }

  /** By scripts with a key of the shard, since commands without keys go to any node. */
  private async lifeOfMaster(shard: number): Promise<RedisLife> {
    const keys = [this.keys.dirty(shard), this.keys.active(shard), this.keys.holes(shard)]
    const info = await command(() => this.redis.eval(ASK_SCRIPT, keys.length, ...keys))
    const runId = idIn(info as string, 'master_replid')
    const append = new RedisScript(onlyUnder(runId))
    // An append of nothing. It loads the script, so that it is found by its hash.
    await append.run(this.redis, keys, [0, runId, 0, 0])
    return { runId, append }
  }
}

const ASK_SCRIPT = `return redis.call('INFO', 'replication')`

const onlyUnder = (replicationId: string) => `
if not string.find(redis.call('INFO', 'replication'), 'master_replid:${replicationId}', 1, true) then
  return redis.error_reply('NOSCRIPT for the master that was')
end
${APPEND_SCRIPT}`

function idIn(info: string, name: 'run_id' | 'master_replid'): string {
  const id = new RegExp(`^${name}:(\\w+)`, 'm').exec(info)?.[1]
  if (id === undefined) throw new Error(`INFO has no ${name}`)
  return id
}
