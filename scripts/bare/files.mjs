import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * @param {string} path
 * @returns {any} the parsed content; null when the file is missing or holds no JSON (a crash while writing
 *   can't cause that, see writeJson; an editor can)
 */
export function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return null
  }
}

/** Replaces the file in one step, readable by its owner only: several of these files hold secrets. */
export const writeJson = (/** @type {string} */ path, /** @type {unknown} */ value) =>
  writePrivate(path, `${JSON.stringify(value, null, 2)}\n`)

/**
 * @param {string} path
 * @param {string} content
 */
export function writePrivate(path, content) {
  mkdirSync(dirname(path), { recursive: true })
  const draft = `${path}.${process.pid}.draft`
  rmSync(draft, { force: true })
  writeFileSync(draft, content, { mode: 0o600 })
  chmodSync(draft, 0o600)
  renameSync(draft, path)
}

/**
 * The secret kept in a file; made on first use.
 * @param {string} path
 * @param {() => string} make
 */
export function keptSecret(path, make) {
  try {
    const kept = readFileSync(path, 'utf8').trim()
    if (kept !== '') return kept
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error
  }
  const made = make()
  writePrivate(path, `${made}\n`)
  return made
}
