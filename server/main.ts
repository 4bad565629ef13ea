import { runProcess } from '../db/run-process.js'
import { serverSettingsShape } from './settings.js'
import { startServer } from './start.js'
import { STOP_TIMEOUT_MS } from './stop-server.js'

await runProcess({
  name: 'server',
  settings: serverSettingsShape,
  stopTimeoutMs: ({ STOP_DELAY_MS }) => STOP_DELAY_MS + STOP_TIMEOUT_MS,
  start: startServer,
})
