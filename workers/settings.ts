import { z } from 'zod'
import { storeSettingsShape, wholeNumber } from '../db/settings.js'

const DAY_MS = 24 * 3_600_000

/** Each name is the environment variable's; README has the table. */
export const workerSettingsShape = {
  ...storeSettingsShape,
  /** Where /healthz, /readyz and /metrics of this process answer; port 0: any free one. */
  WORKER_HOST: z.string().default('127.0.0.1'),
  WORKER_PORT: wholeNumber(4701, 0, 65535),
  /** How much the process gives way to others on its machine, as `nice` has it; 0: not at all. */
  WORKER_NICE: wholeNumber(10, 0, 19),
  FLUSH_CONCURRENCY: wholeNumber(2, 1, 64),
  ARCHIVE_CONCURRENCY: wholeNumber(1, 1, 16),
  SWEEP_EVERY_MS: wholeNumber(5_000, 100, 3_600_000),
  ABANDONED_AFTER_MS: wholeNumber(30 * 60_000, 1_000, 7 * 24 * 3_600_000),
  GAP_AFTER_MS: wholeNumber(120_000, 100, 24 * 3_600_000),
  /** Rows of a session whose archive is verified go so long after its close; 0: as soon as its grace is over. */
  RETAIN_ROWS_MS: wholeNumber(30 * DAY_MS, 0, 100 * 365 * DAY_MS),
  /** So many of the last events of each session stay in PostgreSQL. */
  RETAIN_LAST_EVENTS: wholeNumber(1000, 0, 100_000),
  /** A recording is erased so long after its close; 0: never. */
  RETAIN_ARCHIVE_MS: wholeNumber(0, 0, 100 * 365 * DAY_MS),
  RETENTION_EVERY_MS: wholeNumber(30_000, 100, 24 * 3_600_000),
}

export type WorkerSettings = z.infer<z.ZodObject<typeof workerSettingsShape>>
