// The bundles of server and worker in dist/run, where their sources have changed.
import { fileURLToPath } from 'node:url'
import { bundleProcesses } from './bare/build.mjs'
import { StopError } from './bare/stop-error.mjs'

try {
  const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
  console.log(`dist/run: ${await bundleProcesses(root, () => {})}`)
} catch (error) {
  if (!(error instanceof StopError)) throw error
  console.error(`${error.message}\n${error.detail}`)
  process.exitCode = 1
}
