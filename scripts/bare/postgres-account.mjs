import { lchownSync, lstatSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './processes.mjs'

/**
 * PostgreSQL refuses to run as root. So root runs it as another user, and that user must reach the programs and
 * the data, which under a folder like root's home (mode 0700) it can't. See
 * docs/decisions/postgresql-as-root.md.
 *
 * @typedef {object} Account whom PostgreSQL runs as
 * @property {string} name for people
 * @property {number | null} uid null: as whoever runs this command
 * @property {number} gid
 * @property {(file: string, args: string[]) => { file: string, args: string[], options: { uid?: number, gid?: number } }} command
 */

/** Users that no person works as, in order of preference. `nobody` exists on every Unix. */
const USER_NAMES = ['postgres', '_postgres', 'nobody']

/**
 * The first account that really can run these programs on this data folder; each is tried, since file modes,
 * capabilities, mounts and containers all have a say.
 * @param {{ binDir: string, dataDir: string }} paths the data folder is made when missing, and given to the
 *   account
 * @returns {Promise<{ account: Account } | { account: null, tried: string }>}
 */
export async function findAccount({ binDir, dataDir }) {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  /** @type {string[]} */
  const failures = []
  for await (const account of candidates(dataDir)) {
    try {
      if (account.uid !== null) giveTo(dataDir, account.uid, account.gid)
    } catch (error) {
      failures.push(`as ${account.name}: ${error instanceof Error ? error.message : error}`)
      continue
    }
    const failure = await cannotRun(account, binDir, dataDir)
    if (failure === null) return { account }
    failures.push(`as ${account.name}: ${failure}`)
  }
  return { account: null, tried: failures.join('\n') }
}

/**
 * Gives a folder with everything in it to an account; what it has already is left alone.
 * @param {string} path
 * @param {number} uid
 * @param {number} gid
 */
export function giveTo(path, uid, gid) {
  const stats = lstatSync(path)
  if (stats.uid !== uid) lchownSync(path, uid, gid)
  if (!stats.isDirectory()) return
  for (const name of readdirSync(path)) giveTo(join(path, name), uid, gid)
}

/** @returns {AsyncGenerator<Account>} */
async function* candidates(/** @type {string} */ dataDir) {
  if (process.getuid?.() !== 0) {
    yield { name: 'this user', uid: null, gid: 0, command: (file, args) => ({ file, args, options: {} }) }
    return
  }
  for (const { name, uid, gid } of await users(dataDir)) {
    yield { name, uid, gid, command: (file, args) => ({ file, args, options: { uid, gid } }) }
    yield { name: `${name} through setpriv`, uid, gid, command: withSearchCapability(uid, gid) }
  }
}

/** Data that exist go on under their owner, be it the person who started the system before root did. */
async function users(/** @type {string} */ dataDir) {
  const owner = statSync(dataDir)
  const found = []
  if (owner.uid !== 0) {
    const { code, output } = await run('id', ['-nu', String(owner.uid)])
    found.push({ name: code === 0 ? output.trim() : `user ${owner.uid}`, uid: owner.uid, gid: owner.gid })
  }
  for (const name of USER_NAMES) {
    const [uid, gid] = [await run('id', ['-u', name]), await run('id', ['-g', name])]
    if (uid.code !== 0 || gid.code !== 0) continue
    found.push({ name, uid: Number(uid.output), gid: Number(gid.output) })
  }
  return found
}

/**
 * util-linux's setpriv drops everything of root but one capability, CAP_DAC_READ_SEARCH, so that the server
 * reaches its own files below a folder that is closed to others. Without the securebit the kernel would leave
 * the capability out of access(2), with which PostgreSQL looks for its programs.
 */
function withSearchCapability(/** @type {number} */ uid, /** @type {number} */ gid) {
  const drop = ['--reuid', String(uid), '--regid', String(gid), '--clear-groups', '--no-new-privs']
  const keep = [
    '--securebits',
    '+no_setuid_fixup',
    '--inh-caps=-all,+dac_read_search',
    '--ambient-caps=+dac_read_search',
  ]
  const bound = ['--bounding-set=-all,+dac_read_search']
  return (/** @type {string} */ file, /** @type {string[]} */ args) => ({
    file: 'setpriv',
    args: [...drop, ...keep, ...bound, file, ...args],
    options: {},
  })
}

/** @returns {Promise<string | null>} why not */
async function cannotRun(
  /** @type {Account} */ account,
  /** @type {string} */ binDir,
  /** @type {string} */ dataDir,
) {
  // `initdb -s` looks for the other programs, their files and the user's name, and changes nothing.
  const programs = account.command(join(binDir, 'initdb'), ['-s', '-D', dataDir])
  const folder = account.command('/bin/sh', ['-c', 'cd "$1" && : > .writable && rm .writable', 'sh', dataDir])
  for (const { file, args, options } of [programs, folder]) {
    const { code, output } = await run(file, args, {
      ...options,
      cwd: '/',
      env: { LC_ALL: 'C', PATH: process.env.PATH },
    })
    if (code !== 0) return output.trim().split('\n').at(-1) || `${file} failed`
  }
  return null
}
