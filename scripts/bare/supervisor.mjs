import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { errorWatch, rotate, rotateInUse, sizeOf, tail } from './logs.mjs'
import { identityOf, spawnOrError } from './processes.mjs'
import { stopInOrder } from './roster.mjs'
import { StopError } from './stop-error.mjs'

/**
 * @typedef {object} Service how to run one program and keep it running
 * @property {string} name of its log file and in the roster
 * @property {string} title for people
 * @property {number} stage see Member in roster.mjs
 * @property {NodeJS.Signals} stopSignal
 * @property {NodeJS.Signals} hardSignal
 * @property {number} graceMs
 * @property {() => { file: string, args: string[], options?: import('node:child_process').SpawnOptions }} command
 * @property {() => void | Promise<void>} [beforeStart] before each start, restarts too
 * @property {(child: { pid: number }) => Promise<boolean>} isReady asked until it says yes
 */

const READY_POLL_MS = 50
const READY_TIMEOUT_MS = 60_000
const FIRST_BACKOFF_MS = 250
const MAX_BACKOFF_MS = 15_000
/** A service that ran this long was well: its next restart begins with the shortest wait again. */
const WELL_AFTER_MS = 60_000
const LOG_LOOK_MS = 1_000
const REPEAT_NOTE_MS = 30_000

/**
 * Starts services, starts them again when they die, and stops them in order.
 * @param {{ logsDir: string, roster: ReturnType<typeof import('./roster.mjs').createRoster>, note: (text: string) => void }} deps
 */
export function createSupervisor({ logsDir, roster, note }) {
  mkdirSync(logsDir, { recursive: true, mode: 0o700 })
  let stopping = false
  /** @type {(() => void)[]} */
  const logWatches = []
  const logTimer = setInterval(() => {
    for (const look of logWatches) look()
  }, LOG_LOOK_MS)
  logTimer.unref()

  /** What repeats (an error per retry while a store is away) is said twice a minute. */
  const toldAtMs = new Map()
  const noteOnce = (/** @type {string} */ text) => {
    if (Date.now() - (toldAtMs.get(text) ?? 0) < REPEAT_NOTE_MS) return
    if (toldAtMs.size >= 100) toldAtMs.clear()
    toldAtMs.set(text, Date.now())
    note(text)
  }

  /**
   * Starts the service once and waits until it is ready.
   * @param {Service} service
   * @returns {Promise<{ exited: Promise<string> }>} `exited` tells how it ended
   * @throws {StopError} when it ends, or is not ready in time; it is stopped then
   */
  async function launch(service) {
    const logFile = join(logsDir, `${service.name}.log`)
    await service.beforeStart?.()
    // INVARIANT: from here to roster.put nothing waits, so stopAll either sees the process or prevents it.
    if (stopping) throw new StopError(`${service.title} was stopped while it started.`)
    const logFrom = sizeOf(logFile)
    const log = openSync(logFile, 'a', 0o600)
    const { file, args, options } = service.command()
    // A process group of its own: Ctrl-C in the terminal reaches this process alone, and the order is ours.
    // The log is a file, not a pipe, so that it outlives this process.
    const child = spawnOrError(file, args, { ...options, stdio: ['ignore', log, log], detached: true })
    closeSync(log)
    if (child instanceof Error)
      throw new StopError(`${service.title} could not be started: ${child.message}.`)
    /** @type {string | null} */
    let ended = null
    /** @type {Promise<string>} */
    const exited = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message))
      child.once('exit', (code, signalName) =>
        resolve(signalName ? `by ${signalName}` : `with exit code ${code}`),
      )
    }).then((how) => (ended = how))
    const pid = child.pid
    if (pid === undefined) throw new StopError(`${service.title} could not be started: ${await exited}.`)
    const { name, title, stage, stopSignal, hardSignal, graceMs } = service
    roster.put({ name, title, pid, identity: identityOf(pid) ?? '', stage, stopSignal, hardSignal, graceMs })

    const deadlineMs = Date.now() + READY_TIMEOUT_MS
    while (ended === null && !stopping && Date.now() < deadlineMs) {
      if (await service.isReady({ pid })) return { exited }
      await delay(READY_POLL_MS)
    }
    const said = () => tail(logFile, logFrom)
    if (stopping) throw new StopError(`${service.title} was stopped while it started.`)
    if (ended === null) {
      await stopInOrder(roster.list().filter((member) => member.name === name))
      roster.remove(name)
      throw new StopError(
        `${service.title} was not ready after ${READY_TIMEOUT_MS / 1000} s. Log: ${logFile}`,
        said(),
      )
    }
    roster.remove(name)
    throw new StopError(`${service.title} ended ${ended} while it started. Log: ${logFile}`, said())
  }

  /** Runs beside everything else for as long as the system runs. */
  async function keepRunning(/** @type {Service} */ service, /** @type {Promise<string>} */ firstExit) {
    let exited = firstExit
    let startedAtMs = Date.now()
    let backoffMs = FIRST_BACKOFF_MS
    for (;;) {
      let how = await exited
      if (stopping) return
      roster.remove(service.name)
      if (Date.now() - startedAtMs > WELL_AFTER_MS) backoffMs = FIRST_BACKOFF_MS
      note(`${service.title} ended unexpectedly, ${how}. Starting it again.`)
      for (;;) {
        await delay(backoffMs)
        if (stopping) return
        backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS)
        try {
          startedAtMs = Date.now()
          exited = (await launch(service)).exited
          note(`${service.title} runs again.`)
          break
        } catch (error) {
          if (stopping) return
          how = error instanceof Error ? error.message : String(error)
          note(`${how} Trying again in ${(backoffMs / 1000).toFixed(1)} s.`)
        }
      }
    }
  }

  return {
    /**
     * @param {Service} service
     * @throws {StopError} when it does not come up this first time
     */
    async start(service) {
      const logFile = join(logsDir, `${service.name}.log`)
      rotate(logFile)
      const { exited } = await launch(service)
      const lookForErrors = errorWatch(logFile, (message) =>
        noteOnce(`${service.title} reports an error: ${message}`),
      )
      logWatches.push(() => {
        lookForErrors()
        rotateInUse(logFile)
      })
      void keepRunning(service, exited)
    },

    /**
     * Stops everything, in order, within the services' times. Never starts anything again.
     * @param {{ force?: AbortSignal, onGone?: (member: import('./roster.mjs').Member, wasClean: boolean) => void }} [options]
     */
    async stopAll({ force, onGone } = {}) {
      stopping = true
      clearInterval(logTimer)
      await stopInOrder(roster.list(), {
        ...(force ? { force } : {}),
        onGone: (member, wasClean) => {
          roster.remove(member.name)
          onGone?.(member, wasClean)
        },
      })
    },
  }
}
