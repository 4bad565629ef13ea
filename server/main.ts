import { runProcess } from '../db/run-process.js'
import { serverSettingsShape } from './settings.js'
import { startServer } from './start.js'

/** Recorders resend what has no ack by then. */
const STOP_TIMEOUT_MS = 10_000

await runProcess({
  name: 'server',
  settings: serverSettingsShape,
  stopTimeoutMs: STOP_TIMEOUT_MS,
  start: startServer,
})
