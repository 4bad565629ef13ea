import { readFileSync } from 'node:fs'
import { z } from 'zod'

/**
 * What each thing costs each part of the system, as `npm run bench -- costs --write 1` measured it. `cpuUs…` are µs of processor
 * time, `…Share` a part of one processor.
 */
const amount = z.number().nonnegative()

const perPart = z.object({ server: amount, worker: amount, redis: amount, postgres: amount })

/** A flush is a transaction of some sessions, of each some events. */
const flushing = { cpuUsPerRound: amount, cpuUsPerSessionFlush: amount, cpuUsPerEvent: amount }

/** A close with its archive: a part of each session's, and each event's. */
const closing = { cpuMsPerClose: amount, cpuUsPerClosedEvent: amount }

const measuredLag = z.object({
  candidates: amount,
  watchers: amount,
  eventsPerSec: amount,
  /** From received to committed, of all events that were received while it was measured. */
  p50Ms: amount,
  p99Ms: amount,
  maxMs: amount,
  rounds: amount,
  sessionFlushes: amount,
  seconds: amount,
  cpuUsPerEvent: perPart,
})
export type MeasuredLag = z.infer<typeof measuredLag>

export const costsSchema = z.object({
  measuredAt: z.iso.date(),
  machine: z.object({
    cpu: z.string(),
    memoryGb: amount,
    node: z.string(),
    /** Mean loads of the last 1, 5 and 15 minutes when the bench was over, its own included. */
    load: z.array(amount),
  }),
  server: z.object({
    /** Of a process that nobody is connected to. */
    quietShare: amount,
    cpuUsPerEvent: amount,
    cpuUsPerConnectionSec: amount,
    cpuUsPerWatcherSec: amount,
    /** To one watcher. */
    cpuUsPerEventShown: amount,
    bytes: amount,
    bytesPerConnection: amount,
    bytesPerWatcher: amount,
  }),
  worker: z.object({ quietShare: amount, ...flushing, ...closing, bytes: amount, bytesPerClose: amount }),
  redis: z.object({
    quietShare: amount,
    cpuUsPerEvent: amount,
    cpuUsPerConnectionSec: amount,
    bytesPerSession: amount,
    /** Of one that is not committed. */
    bytesPerEvent: amount,
  }),
  postgres: z.object({
    quietShare: amount,
    ...flushing,
    ...closing,
    /** From the begin of a flush's transaction to its commit, the median at the smallest load. */
    transactionMs: amount,
    walBytesPerEvent: amount,
    walBytesPerClosedEvent: amount,
    /** In all tables and indexes. */
    bytesPerEvent: amount,
  }),
  archive: z.object({ bytesPerEvent: amount, objectsPerSession: amount }),
  /** The same with more and more candidates: what the simulation is held against. */
  lag: z.array(measuredLag).min(1),
})

export type Costs = z.infer<typeof costsSchema>

/** @throws ZodError where the file is not what the bench writes */
export const readCosts = (file: string): Costs => costsSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
