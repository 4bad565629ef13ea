import { runProcess } from '../db/run-process.js'
import { workerSettingsShape } from './settings.js'
import { startWorker } from './start.js'
import { STOP_TIMEOUT_MS } from './stop-worker.js'

await runProcess({
  name: 'worker',
  settings: workerSettingsShape,
  stopTimeoutMs: () => STOP_TIMEOUT_MS,
  start: startWorker,
})
