import { createHash } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { giveTo } from './postgres-account.mjs'
import { StopError } from './stop-error.mjs'

/**
 * The kernel's bound on a socket's path is 104 bytes on macOS and 108 on Linux, with the final NUL; this much
 * of it is left for the folder beside `/.s.PGSQL.65535`.
 */
const MAX_FOLDER_BYTES = 85

/**
 * Makes the folder for PostgreSQL's Unix socket: beside its data, or, where that path is too long for a
 * socket, a short one that is the same at every start.
 * @param {string} dataDir
 * @param {import('./postgres-account.mjs').Account} account
 * @returns {string}
 * @throws {StopError}
 */
export function socketFolder(dataDir, account) {
  const beside = join(dirname(dataDir), 'postgres-socket')
  const path = Buffer.byteLength(beside) <= MAX_FOLDER_BYTES ? beside : shortPathFor(dataDir)
  mkdirSync(path, { recursive: true, mode: 0o700 })
  const { uid } = lstatSync(path)
  const mine = process.getuid?.() ?? uid
  // In a folder that everybody may write to, somebody else could have made it first.
  if (uid !== mine && uid !== account.uid && mine !== 0) {
    throw new StopError(`${path} belongs to somebody else (user ${uid}). Remove it and start again.`)
  }
  chmodSync(path, 0o700)
  if (account.uid !== null) giveTo(path, account.uid, account.gid)
  return path
}

function shortPathFor(/** @type {string} */ dataDir) {
  const parent = Buffer.byteLength(tmpdir()) <= MAX_FOLDER_BYTES - 30 ? tmpdir() : '/tmp'
  return join(parent, `interviewlm-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`)
}
