import { accessSync, constants, mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { run } from './processes.mjs'
import { StopError } from './stop-error.mjs'

/** The Socket.IO adapter uses sharded publish and subscribe, which came with Redis 7. */
const OLDEST_REDIS_MAJOR = 7

/** One program with several names: called `redis-server`, it is the server. */
const SERVER_AMONG_TOOLS = 'redis-check-rdb'

/**
 * @param {string[]} names in order of preference
 * @param {string} [path] like the variable PATH
 * @returns {string | null} the first one's full path
 */
export function findProgram(names, path = process.env.PATH ?? '') {
  // Debian keeps some servers out of an ordinary user's PATH.
  const folders = [...path.split(delimiter), '/usr/local/bin', '/usr/bin', '/usr/sbin', '/opt/homebrew/bin']
  for (const name of names) {
    for (const folder of folders) {
      if (folder && isExecutable(join(folder, name))) return join(folder, name)
    }
  }
  return null
}

/**
 * A Redis server program: the one of this machine, or, as root on Debian or Ubuntu, one installed now.
 * @param {string} linkDir where a link may be put that names the program `redis-server`
 * @param {(text: string) => void} say
 * @returns {Promise<{ file: string, version: string }>}
 * @throws {StopError} saying what to install
 */
export async function redisServer(linkDir, say) {
  const file = findProgram(['redis-server', 'valkey-server']) ?? (await installedRedis(linkDir, say))
  const { output } = await run(file, ['--version'])
  const version = /\bv=(\d+(?:\.\d+)*)/.exec(output)?.[1]
  if (!version) throw new StopError(`${file} does not run, or is no Redis server.`, output)
  if (Number.parseInt(version, 10) < OLDEST_REDIS_MAJOR) {
    throw new StopError(
      `${file} is Redis ${version}; ${OLDEST_REDIS_MAJOR}.0 or newer is needed. Install a newer one, or set REDIS_URL to a server that runs elsewhere.`,
    )
  }
  return { file, version }
}

/**
 * The browser that the browser tests drive.
 * @param {NodeJS.ProcessEnv} env CHROMIUM_PATH names one
 * @param {(text: string) => void} say
 * @returns {Promise<{ path: string } | { path: null, reason: string }>}
 */
export async function chromium(env, say) {
  const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
  if (env.CHROMIUM_PATH) {
    if (isExecutable(env.CHROMIUM_PATH)) return { path: env.CHROMIUM_PATH }
    return { path: null, reason: `CHROMIUM_PATH is ${env.CHROMIUM_PATH}, which is no program` }
  }
  const mac = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
  const found = findProgram(names) ?? (isExecutable(mac) ? mac : null)
  if (found) return { path: found }
  if (!canInstall())
    return { path: null, reason: `no Chromium found; ${howToInstall('chromium')}, or set CHROMIUM_PATH` }
  const path = await installed('chromium', say)
  return path ? { path } : { path: null, reason: 'apt-get could not install chromium' }
}

/**
 * Debian's Chromium without windows, for tests that need none: it starts in some half of the time, and there is a start for
 * each candidate. Null where it is not to be had, or CHROMIUM_PATH names what to use.
 * @param {NodeJS.ProcessEnv} env
 * @param {(text: string) => void} say
 */
export async function chromiumShell(env, say) {
  if (env.CHROMIUM_PATH) return null
  const name = 'chromium-headless-shell'
  return findProgram([name]) ?? (canInstall() ? await installed(name, say) : null)
}

/**
 * HAProxy, which some tests put before the servers.
 * @param {(text: string) => void} say
 * @returns {Promise<{ path: string } | { path: null, reason: string }>}
 */
export const haproxy = (say) => optional('haproxy', 'HAProxy', say)

/**
 * PgBouncer, which a test puts before PostgreSQL.
 * @param {(text: string) => void} say
 * @returns {Promise<{ path: string } | { path: null, reason: string }>}
 */
export const pgbouncer = (say) => optional('pgbouncer', 'PgBouncer', say)

/**
 * A program without which tests are skipped.
 * @returns {Promise<{ path: string } | { path: null, reason: string }>}
 */
async function optional(
  /** @type {string} */ name,
  /** @type {string} */ title,
  /** @type {(text: string) => void} */ say,
) {
  const found = findProgram([name])
  if (found) return { path: found }
  if (!canInstall()) return { path: null, reason: `no ${title} found; ${howToInstall(name)}` }
  const path = await installed(name, say)
  return path ? { path } : { path: null, reason: `apt-get could not install ${name}` }
}

/** The program of a package that has its name; null where it could not be installed. */
async function installed(/** @type {string} */ name, /** @type {(text: string) => void} */ say) {
  const failure = await aptInstall(name, say)
  return failure === null ? findProgram([name]) : null
}

/**
 * Debian's redis-tools package holds the server's program too, under its other name; the redis-server package
 * only adds a link, a system service and its user. Installing the tools therefore gives us the program and
 * leaves no server behind, neither running now nor started at the next boot.
 */
async function installedRedis(/** @type {string} */ linkDir, /** @type {(text: string) => void} */ say) {
  const program = findProgram([SERVER_AMONG_TOOLS]) ?? (await installTools(say))
  mkdirSync(linkDir, { recursive: true })
  const link = join(linkDir, 'redis-server')
  rmSync(link, { force: true })
  symlinkSync(program, link)
  return link
}

async function installTools(/** @type {(text: string) => void} */ say) {
  const instead = 'or set REDIS_URL to a server that runs elsewhere'
  if (!canInstall())
    throw new StopError(`No redis-server found; ${howToInstall('redis-server')}, ${instead}.`)
  const failure = await aptInstall('redis-tools', say)
  const program = failure ? null : findProgram([SERVER_AMONG_TOOLS])
  if (program) return program
  throw new StopError(
    `No redis-server found, and apt-get could not install it: do it by hand, ${instead}.`,
    failure ?? '',
  )
}

const canInstall = () => process.getuid?.() === 0 && findProgram(['apt-get']) !== null

/**
 * @param {string} name
 * @param {(text: string) => void} say
 * @returns {Promise<string | null>} what went wrong
 */
async function aptInstall(name, say) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const wait = ['-o', 'DPkg::Lock::Timeout=120']
  say('reading the system package lists')
  // A repository that is not reachable fails the update, and says nothing about the package we want.
  const update = await run('apt-get', ['update', '-qq', ...wait], { env })
  say(`installing ${name}`)
  const result = await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...wait, name], {
    env,
  })
  if (result.code === 0) return null
  return lastLines(result.output) || lastLines(update.output)
}

function howToInstall(/** @type {string} */ name) {
  if (process.platform === 'darwin')
    return `install it with \`brew install ${name === 'redis-server' ? 'redis' : name}\``
  if (findProgram(['apt-get'])) return `install it with \`sudo apt-get install ${name}\``
  const plain = name === 'redis-server' ? 'redis' : name
  if (findProgram(['dnf'])) return `install it with \`sudo dnf install ${plain}\``
  if (findProgram(['pacman'])) return `install it with \`sudo pacman -S ${plain}\``
  if (findProgram(['apk'])) return `install it with \`apk add ${plain}\``
  return `install ${plain} with the system's package manager`
}

const lastLines = (/** @type {string} */ text) => text.trim().split('\n').slice(-5).join('\n')

function isExecutable(/** @type {string} */ path) {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
