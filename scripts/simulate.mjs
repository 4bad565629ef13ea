// `npm run simulate`: plays interviews against a running system. Itself without dependencies, so that it can say
// what is missing; the rest is compiled into dist/ by `npm start` or `npm run build`.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { tooOld } from './bare/node-version.mjs'
import { onStopSignals } from './bare/stop-signals.mjs'

const main = new URL('../dist/scripts/simulate/main.js', import.meta.url)
const packages = new URL('../node_modules/socket.io-client', import.meta.url)

const problem = tooOld(process.versions.node) ?? missing()
if (problem) {
  console.error(problem)
  process.exitCode = 1
} else {
  await run()
}

function missing() {
  if (existsSync(fileURLToPath(main)) && existsSync(fileURLToPath(packages))) return null
  return 'The project is not installed and built yet. Run `npm start` in another terminal: it does both, and starts the system that this command plays into.'
}

async function run() {
  const { simulate } = await import(main.href)
  const { asked, force } = onStopSignals(() => {
    console.error('\nStopping: what was sent is being confirmed. Ctrl-C again to stop at once.')
  })
  force.addEventListener('abort', () => process.exit(130))
  const { env, stdout: out, stderr: err } = process
  const exitCode = await simulate(process.argv.slice(2), { env, out, err, signal: asked })
  // A connection that is still being tried would keep the process.
  process.exit(exitCode)
}
