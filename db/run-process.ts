import { type Logger, pino } from 'pino'
import type { z } from 'zod'
import { endsWithin } from './ends-within.js'
import { settingsOrExit } from './settings.js'

export interface ProcessPlan<S extends z.ZodRawShape> {
  /** In every line of the log. */
  name: string
  settings: S
  /** What is not ended by then is cut off: all of it can be resumed by others, or by itself after the next start. */
  stopTimeoutMs: (settings: z.infer<z.ZodObject<S>>) => number
  /** What it resolves with is logged, but for `stop`. */
  start: (
    settings: z.infer<z.ZodObject<S>>,
    log: Logger,
  ) => Promise<{ host?: string; port: number; stop(): Promise<void> }>
}

/**
 * A process from its settings to its end. SIGTERM and SIGINT stop it in order; a second one, or the bound, cuts the
 * stop short. Each of these ends with exit code 0: nothing that a killed process leaves behind needs a human.
 * For main modules only.
 */
export async function runProcess<S extends z.ZodRawShape>(plan: ProcessPlan<S>): Promise<void> {
  const { name } = plan
  const settings = settingsOrExit(plan.settings)
  const { LOG_LEVEL } = settings as { LOG_LEVEL?: string }
  const log = pino({ level: LOG_LEVEL ?? 'info', base: { process: name, pid: process.pid } })
  try {
    const { stop, ...running } = await plan.start(settings, log)
    let isStopping = false
    const onSignal = async (signal: NodeJS.Signals) => {
      if (isStopping) {
        log.warn({ signal }, `${name} told to stop again: the rest is left to others`)
        process.exit(0)
      }
      isStopping = true
      log.info({ signal }, `${name} stopping`)
      const sinceMs = Date.now()
      const inTime = await endsWithin(stop(), plan.stopTimeoutMs(settings))
      if (inTime) log.info({ tookMs: Date.now() - sinceMs }, `${name} stopped`)
      else log.warn(`${name} did not stop in time: the rest is left to others`)
      process.exit(0)
    }
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)
    // Only now: whoever reads this may send a signal at once, which would kill a process that does not listen yet.
    log.info(running, `${name} ready`)
  } catch (error) {
    log.fatal({ error: (error as Error).message }, `${name} could not start`)
    process.exit(1)
  }
}
