import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { readJson, writeJson } from './files.mjs'
import { tryLock } from './lock.mjs'
import { waitUntilGone } from './processes.mjs'
import { createRoster, leftRunning, stopInOrder } from './roster.mjs'
import { startGuard } from './start-guard.mjs'
import { StopError } from './stop-error.mjs'

/** A guard needs at most the sum of the stages' times. */
const GUARD_TIMEOUT_MS = 90_000
/** A wait this short is not worth a line. */
const QUIET_WAIT_MS = 500

/**
 * Takes DATA_DIR for this process alone, and ends what an earlier start that was killed left running in it.
 * @param {string} dataDir
 * @param {(text: string) => void} say
 * @returns {Promise<{ roster: ReturnType<typeof createRoster>, release: () => void }>} `release` when
 *   everything is stopped
 * @throws {StopError} when another start has it, or it can't be used
 */
export async function takeDataFolder(dataDir, say) {
  makeFolder(dataDir)
  const lock = tryLock(dataDir, 'start')
  if (!lock.held) {
    const running = readJson(join(dataDir, 'running.json'))
    const what = running?.pid === lock.by.pid ? `runs at ${running.url}` : 'is just starting or stopping'
    throw new StopError(
      `A system with the data folder ${dataDir} ${what} (process ${lock.by.pid}). Stop it with Ctrl-C there or \`kill ${lock.by.pid}\`, or start this one with another DATA_DIR.`,
    )
  }
  const rosterFile = join(dataDir, 'children.json')
  const lastGuard = readJson(join(dataDir, 'guard.json'))
  if (lastGuard && !(await waitUntilGone(lastGuard, QUIET_WAIT_MS))) {
    say('waiting for the processes of the last start to end')
    await waitUntilGone(lastGuard, GUARD_TIMEOUT_MS)
  }
  const left = leftRunning(rosterFile)
  if (left.length > 0) {
    say(
      `stopping what the last start left running: ${left.map(({ name, pid }) => `${name} (${pid})`).join(', ')}`,
    )
    await stopInOrder(left)
  }
  const roster = createRoster(rosterFile)
  const { pid, identity, dismiss } = startGuard(rosterFile, ['--remove', join(dataDir, 'running.json')])
  writeJson(join(dataDir, 'guard.json'), { pid, identity })
  return {
    roster,
    release: () => {
      dismiss()
      lock.release()
    },
  }
}

function makeFolder(/** @type {string} */ dataDir) {
  try {
    if (existsSync(dataDir)) return
    mkdirSync(dataDir, { recursive: true })
    // As root, PostgreSQL's user must pass through it; every file with a secret is closed by itself.
    chmodSync(dataDir, process.getuid?.() === 0 ? 0o711 : 0o700)
  } catch (error) {
    const { message } = /** @type {Error} */ (error)
    throw new StopError(`DATA_DIR ${dataDir} can't be made: ${message}. Choose another with DATA_DIR.`)
  }
}
