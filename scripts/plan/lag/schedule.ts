/** When what is committed, as the product has it; tests/plan.test.ts holds these against its own settings and constants. */
export const SCHEDULE = {
  /** FLUSH_DUE_MS and FLUSH_DUE_EVENTS: a session is due so long after its first uncommitted event, or with so many. */
  dueAfterMs: 10_000,
  dueEvents: 100,
  /** SHARDS: a job drains one shard, and one job at a time. */
  shards: 16,
  /** FLUSH_CONCURRENCY: jobs of one worker at a time; they share its thread. */
  flushConcurrency: 2,
  /** How often shards with due sessions are looked for. */
  sweepEveryMs: 1_000,
  /** Of one transaction. */
  maxSessions: 500,
  maxRoundBytes: 12 * 1024 * 1024,
  /** After its worker's death a job's lock runs out, and somebody looks for such jobs. */
  lockMs: 6_000,
  stalledCheckMs: 2_000,
}

export type Schedule = typeof SCHEDULE
