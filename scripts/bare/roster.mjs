import { readJson, writeJson } from './files.mjs'
import { isStillRunning, signal, waitUntilGone } from './processes.mjs'

/**
 * @typedef {object} Member one process that was started here
 * @property {string} name
 * @property {string} title for people
 * @property {number} pid
 * @property {string} identity see identityOf
 * @property {number} stage stages stop in this order, each only when the one before is gone: what writes to a
 *   store stops before the store
 * @property {NodeJS.Signals} stopSignal asks for a clean end
 * @property {NodeJS.Signals} hardSignal ends it now
 * @property {number} graceMs how long a clean end may take
 * @property {boolean} [group] the signals go to its whole process group
 */

/**
 * The processes that run for one DATA_DIR, written to a file at every change, so that whoever comes after a
 * crash of this process (the guard, or the next start) finds and stops exactly these.
 * @param {string} file
 */
export function createRoster(file) {
  /** @type {Map<string, Member>} */
  const members = new Map()
  const save = () => writeJson(file, [...members.values()])
  save()
  return {
    /** @param {Member} member */
    put(member) {
      members.set(member.name, member)
      save()
    },
    /** @param {string} name */
    remove(name) {
      if (members.delete(name)) save()
    },
    list: () => [...members.values()],
  }
}

/**
 * @param {string} file
 * @returns {Member[]} those of the file that still run
 */
export function leftRunning(file) {
  /** @type {Member[]} */
  const members = readJson(file) ?? []
  return members.filter(isStillRunning)
}

/**
 * Stops processes stage by stage. Each has its own time for a clean end, and is ended hard after that.
 * @param {Member[]} members
 * @param {{ force?: AbortSignal, onGone?: (member: Member, wasClean: boolean) => void }} [options] `force`
 *   ends the waiting for clean ends
 */
export async function stopInOrder(members, { force, onGone } = {}) {
  const stages = [...new Set(members.map((member) => member.stage))].sort((a, b) => a - b)
  for (const stage of stages) {
    const here = members.filter((member) => member.stage === stage)
    const stopped = here.map(async (member) => {
      const wasClean = await stopOne(member, force)
      onGone?.(member, wasClean)
    })
    await Promise.all(stopped)
  }
}

/**
 * @param {Member} member
 * @param {AbortSignal | undefined} force
 * @returns {Promise<boolean>} whether it ended cleanly
 */
async function stopOne(member, force) {
  const target = member.group ? -member.pid : member.pid
  if (!isStillRunning(member)) return true
  // A stopped (SIGSTOP) process could not act on the signal.
  signal(target, 'SIGCONT')
  signal(target, member.stopSignal)
  const deadlineMs = Date.now() + member.graceMs
  while (Date.now() < deadlineMs && !force?.aborted) {
    if (await waitUntilGone(member, 100)) return true
  }
  signal(target, member.hardSignal)
  if (await waitUntilGone(member, HARD_END_MS)) return false
  signal(target, 'SIGKILL')
  await waitUntilGone(member, HARD_END_MS)
  return false
}

const HARD_END_MS = 5_000
