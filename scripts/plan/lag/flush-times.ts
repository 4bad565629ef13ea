import type { Costs } from '../costs.js'

/** How long the parts of a flush take. */
export interface FlushTimes {
  /** Of a worker's thread for a transaction of so many sessions with so many events altogether. */
  workerMs(sessions: number, events: number): number
  /** Of a processor of PostgreSQL for the same. */
  postgresMs(sessions: number, events: number): number
  /** In which neither works: the disk, and the way to the stores and back. */
  waitMs: number
  /** In Redis; of a transaction's bytes there is a bound. */
  bytesPerEvent: number
}

/** As it was measured. */
export function flushTimes({ worker, postgres, redis, lag }: Costs): FlushTimes {
  const of = (part: Costs['worker'] | Costs['postgres']) => (sessions: number, events: number) =>
    (part.cpuUsPerRound + sessions * part.cpuUsPerSessionFlush + events * part.cpuUsPerEvent) / 1_000
  const [workerMs, postgresMs] = [of(worker), of(postgres)]
  const smallest = lag[0]
  const sessions = smallest ? smallest.sessionFlushes / Math.max(1, smallest.rounds) : 1
  const events = smallest ? (smallest.eventsPerSec * smallest.seconds) / Math.max(1, smallest.rounds) : 1
  const waitMs = Math.max(
    0,
    postgres.transactionMs - workerMs(sessions, events) - postgresMs(sessions, events),
  )
  return { workerMs, postgresMs, waitMs, bytesPerEvent: redis.bytesPerEvent }
}
