import { fileURLToPath } from 'node:url'
import { createOutput } from './output.mjs'
import { endRuns } from './processes.mjs'
import { startSystem } from './start-system.mjs'
import { StopError } from './stop-error.mjs'
import { onStopSignals } from './stop-signals.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

/**
 * `npm start`: sets up, starts everything, and stays until it is told to stop. Exit status: 0 after a stop that
 * was asked for, 1 when it could not start, 130 when it was interrupted before it ran or made to stop at once.
 */
export async function startCommand() {
  const out = createOutput()
  // A closed terminal must not keep us from stopping in order.
  process.stdout.on('error', () => {})
  const { asked, force } = onStopSignals(() =>
    out.line('\n  Stopping. Press Ctrl-C again to stop at once.\n'),
  )
  /** @type {import('./start-system.mjs').Cleanup} */
  const cleanup = []
  let exitCode = 0
  try {
    out.heading('InterviewLM Recorder')
    const starting = startSystem({ root: ROOT, env: process.env, out, cleanup, stopAsked: asked, force })
    // When a stop is asked for meanwhile, the set-up fails in its own time, and that is no news.
    starting.catch(() => {})
    const first = await Promise.race([starting, whenAborted(asked).then(() => 'asked')])
    if (first === 'asked') exitCode = 130
    else await whenAborted(asked)
  } catch (error) {
    exitCode = 1
    if (error instanceof StopError) out.error(error.message, error.detail)
    else
      out.error(
        'This is a fault of the start command itself.',
        error instanceof Error ? error.stack : String(error),
      )
  }
  endRuns()
  for (const undo of cleanup.reverse()) await undo()
  process.exit(force.aborted ? 130 : exitCode)
}

const whenAborted = (/** @type {AbortSignal} */ signal) =>
  new Promise((/** @type {(value: void) => void} */ resolve) => {
    // A signal alone keeps no process alive.
    const alive = setInterval(() => {}, 60_000)
    const done = () => {
      clearInterval(alive)
      resolve()
    }
    if (signal.aborted) done()
    else signal.addEventListener('abort', done, { once: true })
  })
