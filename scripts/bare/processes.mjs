import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { identityByPs } from './process-identity-ps.mjs'

/**
 * Who a process is, beyond its pid: pids are used again, so a pid that was written to a file yesterday may be
 * anybody today. The start time tells them apart, and the boot tells the start times apart.
 * @param {number} pid
 * @returns {string | null} null when no such process runs (a zombie counts as gone)
 */
export function identityOf(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return null
  if (process.platform !== 'linux') return identityByPs(pid)
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in brackets and may hold anything, brackets and blanks too.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state, startTicks] = [fields[0], fields[19]]
    return state === 'Z' || state === 'X' ? null : `${bootId()}:${startTicks}`
  } catch {
    return null
  }
}

/** @param {{ pid: number, identity: string }} known */
export const isStillRunning = (known) => identityOf(known.pid) === known.identity

/**
 * @param {{ pid: number, identity: string }} known
 * @param {number} timeoutMs
 * @returns {Promise<boolean>} whether it was gone in time
 */
export async function waitUntilGone(known, timeoutMs) {
  const deadlineMs = Date.now() + timeoutMs
  while (isStillRunning(known)) {
    if (Date.now() >= deadlineMs) return false
    await delay(25)
  }
  return true
}

/**
 * Sends a signal; a process that is gone, or not ours, is not an error.
 * @param {number} pid negative for a whole process group
 * @param {NodeJS.Signals} signal
 */
export function signal(pid, signal) {
  try {
    process.kill(pid, signal)
  } catch {
    // Gone already.
  }
}

/**
 * Like spawn, which throws some errors (leave to become another user, say) and emits others.
 * @param {string} file
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} options
 * @returns {import('node:child_process').ChildProcess | Error}
 */
export function spawnOrError(file, args, options) {
  try {
    return spawn(file, args, options)
  } catch (error) {
    return /** @type {Error} */ (error)
  }
}

/**
 * Runs a program to its end and collects what it says.
 * @param {string} file
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions & { onOutput?: (text: string) => void }} [options]
 * @returns {Promise<{ code: number | null, output: string, missing: boolean }>} `missing` when the program
 *   could not be started at all; its reason is the output then
 */
export function run(file, args, { onOutput, ...options } = {}) {
  return new Promise((resolve) => {
    let output = ''
    const child = spawnOrError(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    if (child instanceof Error) return resolve({ code: null, output: child.message, missing: true })
    runs.add(child)
    /** @param {Buffer} chunk */
    const collect = (chunk) => {
      output = (output + chunk).slice(-MAX_OUTPUT_CHARS)
      onOutput?.(String(chunk))
    }
    child.stdout?.on('data', collect)
    child.stderr?.on('data', collect)
    child.on('error', (error) => {
      runs.delete(child)
      resolve({ code: null, output: error.message, missing: true })
    })
    child.on('close', (code) => {
      runs.delete(child)
      resolve({ code, output, missing: false })
    })
  })
}

/** Ends what `run` still waits for. */
export function endRuns() {
  for (const child of runs) child.kill('SIGTERM')
}

/**
 * Processes that carry `name=value` in their environment, this one excepted. Only Linux can tell; elsewhere
 * the list is empty.
 * @param {string} name
 * @param {string} value
 * @returns {{ pid: number, identity: string, command: string }[]}
 */
export function processesWithEnv(name, value) {
  if (process.platform !== 'linux') return []
  const found = []
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry)
    if (!Number.isInteger(pid) || pid === process.pid) continue
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${name}=${value}`)) continue
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
      const identity = identityOf(pid)
      if (identity) found.push({ pid, identity, command })
    } catch {
      // It ended while we looked, or belongs to somebody else.
    }
  }
  return found
}

/** @type {Set<import('node:child_process').ChildProcess>} */
const runs = new Set()
const MAX_OUTPUT_CHARS = 200_000

/** @type {string | undefined} */
let knownBootId
function bootId() {
  knownBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return knownBootId
}
