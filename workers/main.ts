import { runProcess } from '../db/run-process.js'
import { workerSettingsShape } from './settings.js'
import { startWorker } from './start.js'

/** What is unfinished by then is somebody else's to finish. */
const STOP_TIMEOUT_MS = 15_000

await runProcess({
  name: 'worker',
  settings: workerSettingsShape,
  stopTimeoutMs: STOP_TIMEOUT_MS,
  start: startWorker,
})
