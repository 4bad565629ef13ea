import { type Logger, pino } from 'pino'
import type { z } from 'zod'
import { settingsOrExit } from './settings.js'

export interface ProcessPlan<S extends z.ZodRawShape> {
  /** In every line of the log. */
  name: string
  settings: S
  /** A stop that takes longer has lost a store, and the process ends with exit code 1. */
  stopTimeoutMs: number
  /** What it resolves with is logged, but for `stop`. */
  start: (
    settings: z.infer<z.ZodObject<S>>,
    log: Logger,
  ) => Promise<{ host?: string; port: number; stop(): Promise<void> }>
}

/**
 * A process from its settings to its end: SIGTERM and SIGINT stop it once, in order. For main modules only.
 */
export async function runProcess<S extends z.ZodRawShape>(plan: ProcessPlan<S>): Promise<void> {
  const { name } = plan
  const settings = settingsOrExit(plan.settings)
  const { LOG_LEVEL } = settings as { LOG_LEVEL?: string }
  const log = pino({ level: LOG_LEVEL ?? 'info', base: { process: name, pid: process.pid } })
  try {
    const { stop, ...running } = await plan.start(settings, log)
    log.info(running, `${name} ready`)
    const onSignal = (signal: NodeJS.Signals) => {
      log.info({ signal }, `${name} stopping`)
      setTimeout(() => process.exit(1), plan.stopTimeoutMs).unref()
      stop().then(
        () => process.exit(0),
        () => process.exit(1),
      )
    }
    process.once('SIGTERM', onSignal)
    process.once('SIGINT', onSignal)
  } catch (error) {
    log.fatal({ error: (error as Error).message }, `${name} could not start`)
    process.exit(1)
  }
}
