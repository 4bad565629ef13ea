import { pino } from 'pino'
import { settingsOrExit } from '../db/settings.js'
import { serverSettingsShape } from './settings.js'
import { startServer } from './start.js'

/** A stop that takes longer than this has lost a store; recorders resend what has no ack. */
const STOP_TIMEOUT_MS = 10_000

const settings = settingsOrExit(serverSettingsShape)
const log = pino({ level: settings.LOG_LEVEL, base: { process: 'server', pid: process.pid } })

try {
  const running = await startServer(settings, log)
  log.info({ host: running.host, port: running.port }, 'server ready')
  const stop = (signal: NodeJS.Signals) => {
    log.info({ signal }, 'server stopping')
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref()
    running.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
} catch (error) {
  log.fatal({ error: (error as Error).message }, 'server could not start')
  process.exit(1)
}
