import type { FlushTimes } from './flush-times.js'
import type { Schedule } from './schedule.js'

export interface LagScenario {
  interviews: number
  eventsPerSec: number
  workers: number
  /** Transactions that PostgreSQL can work at, at the same time. */
  postgresCores: number
  /** Of a recorded interview: every candidate has its rhythm, from another place on. */
  gapsMs: readonly number[]
  schedule: Schedule
  times: FlushTimes
  /** That are measured, after a start that is not. */
  seconds: number
  seed: number
  failure?: Failure
}

/** Once what was measured first is due, for so long. A worker dies within a transaction. Shards are shared out evenly to masters. */
export type Failure = { kind: 'worker'; downMs: number } | { kind: 'master'; downMs: number; masters: number }

export interface LagResult {
  /** Received while it was measured. */
  events: number
  /** From received to committed. What is not committed at the end counts with the time until then. */
  p50Ms: number
  p99Ms: number
  maxMs: number
  rounds: number
  sessionFlushes: number
  /** Parts of a worker's thread, and of PostgreSQL's processors, that were busy. */
  workerBusy: number
  postgresBusy: number
  /** Uncommitted events more with each second: above some, the workers are too few. */
  backlogPerSec: number
}
