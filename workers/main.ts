import { pino } from 'pino'
import { settingsOrExit } from '../db/settings.js'
import { workerSettingsShape } from './settings.js'
import { startWorker } from './start.js'

/** A stop that takes longer than this has lost a store; what is unfinished is somebody else's to finish. */
const STOP_TIMEOUT_MS = 15_000

const settings = settingsOrExit(workerSettingsShape)
const log = pino({ level: settings.LOG_LEVEL, base: { process: 'worker', pid: process.pid } })

try {
  const running = await startWorker(settings, log)
  log.info({ port: running.port }, 'worker ready')
  const stop = (signal: NodeJS.Signals) => {
    log.info({ signal }, 'worker stopping')
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref()
    running.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
} catch (error) {
  log.fatal({ error: (error as Error).message }, 'worker could not start')
  process.exit(1)
}
