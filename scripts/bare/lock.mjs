import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { identityOf, isStillRunning } from './processes.mjs'

/** @typedef {{ pid: number, identity: string, released?: boolean }} Holder */

/**
 * Takes the lock `name` in `dir` for this process, without waiting. Nothing has to be tidied up after a crash:
 * a lock whose holder is dead, or whose pid belongs to another program by now, is free.
 *
 * INVARIANT: generations (`name.1.lock`, `name.2.lock`, …) only grow, and each file is made by link(), which
 * fails when the name exists. So of two processes that see the same dead holder exactly one makes the next
 * generation. A single lock file that is removed and made again could be taken twice: the slower process would
 * remove the faster one's fresh lock.
 * @param {string} dir made when missing
 * @param {string} name
 * @returns {{ held: true, release: () => void } | { held: false, by: Holder }}
 */
export function tryLock(dir, name) {
  mkdirSync(dir, { recursive: true })
  for (;;) {
    const generation = newestGeneration(dir, name)
    const holder = generation === 0 ? null : readHolder(pathOf(dir, name, generation))
    if (holder === 'vanished') continue
    if (holder && !holder.released && isStillRunning(holder)) return { held: false, by: holder }
    const mine = pathOf(dir, name, generation + 1)
    if (!createWithContent(mine, holderOfThisProcess())) continue
    // The one before stays: a reader that lists the folder just now may miss the new file, and must not take
    // the lock for one that was never held.
    for (let old = generation - 1; old > 0 && old > generation - 4; old--)
      rmSync(pathOf(dir, name, old), { force: true })
    // Kept, not removed: the next holder counts on from this generation.
    const release = () => writeFileSync(mine, JSON.stringify({ ...holderOfThisProcess(), released: true }))
    return { held: true, release }
  }
}

/**
 * Takes the lock, waiting for its holder to finish.
 * @param {string} dir
 * @param {string} name
 * @param {(by: Holder) => void} onWait called once, when there is somebody to wait for
 * @returns {Promise<() => void>} releases it
 */
export async function lockWhenFree(dir, name, onWait) {
  for (let told = false; ; ) {
    const attempt = tryLock(dir, name)
    if (attempt.held) return attempt.release
    if (!told) onWait(attempt.by)
    told = true
    await delay(200)
  }
}

/**
 * @param {string} dir
 * @param {string} name
 * @returns {Holder | null} who holds the lock now, if anybody does
 */
export function lockHolder(dir, name) {
  const generation = newestGeneration(dir, name)
  const holder = generation === 0 ? null : readHolder(pathOf(dir, name, generation))
  if (holder === null || holder === 'vanished' || holder.released) return null
  return isStillRunning(holder) ? holder : null
}

const pathOf = (/** @type {string} */ dir, /** @type {string} */ name, /** @type {number} */ generation) =>
  join(dir, `${name}.${generation}.lock`)

function newestGeneration(/** @type {string} */ dir, /** @type {string} */ name) {
  let newest = 0
  for (const entry of readdirSync(dir)) {
    const match = entry.startsWith(`${name}.`) ? /^\.(\d+)\.lock$/.exec(entry.slice(name.length)) : null
    if (match) newest = Math.max(newest, Number(match[1]))
  }
  return newest
}

/** @returns {Holder | 'vanished' | null} null when the file can't be read as a holder: nobody's lock */
function readHolder(/** @type {string} */ path) {
  try {
    return /** @type {Holder} */ (JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT' ? 'vanished' : null
  }
}

/** @returns {Holder} */
const holderOfThisProcess = () => ({ pid: process.pid, identity: identityOf(process.pid) ?? '' })

/** The file appears with its content or not at all. */
function createWithContent(/** @type {string} */ path, /** @type {Holder} */ content) {
  const draft = `${path}.${process.pid}.draft`
  writeFileSync(draft, JSON.stringify(content))
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error)
    if (code === 'EEXIST') return false
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP') throw error
    return createWithoutLinks(path, content)
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Some mounted folders have no hard links. The file is empty there for a moment, which reads as nobody's lock. */
function createWithoutLinks(/** @type {string} */ path, /** @type {Holder} */ content) {
  try {
    writeFileSync(path, JSON.stringify(content), { flag: 'wx' })
    return true
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false
    throw error
  }
}
