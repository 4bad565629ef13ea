import { randomBytes } from 'node:crypto'
import {
  existsSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { keptSecret } from './files.mjs'
import { giveTo } from './postgres-account.mjs'
import { majorOf, postgresBinaries } from './postgres-binaries.mjs'
import { settle } from './postgres-home.mjs'
import { socketFolder } from './postgres-socket.mjs'
import { identityOf, run } from './processes.mjs'
import { stopInOrder } from './roster.mjs'
import { StopError } from './stop-error.mjs'

/** The database and the role that the recorder works with. The role is no superuser. */
const APP_NAME = 'recorder'

/**
 * Prepares an embedded PostgreSQL: programs, account, data folder (made on first use), Unix socket folder.
 * @param {object} request
 * @param {string} request.root the project, for the programs
 * @param {string} request.stateDir holds the data folder `postgres` and the passwords
 * @param {string} request.elsewhere see settle in postgres-home.mjs
 * @param {number} request.port
 * @param {boolean} request.durable false for throwaway data: faster, and lost with the machine's power
 * @param {Record<string, string>} [request.more] settings of the server beside its own
 * @param {(text: string) => void} request.say
 * @returns {Promise<{ service: import('./supervisor.mjs').Service, version: string, socketDir: string,
 *   superuserUrl: string, dataDir: string, isElsewhere: boolean, account: string, isNew: boolean }>}
 * @throws {StopError}
 */
export async function preparePostgres({ root, stateDir, elsewhere, port, durable, more = {}, say }) {
  const home = await settle({ binaries: postgresBinaries(root), link: join(stateDir, 'postgres'), elsewhere })
  const { account, dataDir, binaries } = home
  const major = majorOf(dataDir)
  const ours = binaries.version.split('.')[0]
  if (major !== null && major !== ours) {
    throw new StopError(
      `${dataDir} was made by PostgreSQL ${major}, and this is ${ours}. Start the release of this project that made it, dump the database with pg_dump, and restore it into a new DATA_DIR.`,
    )
  }
  const socketDir = socketFolder(dataDir, account)
  const password = keptSecret(join(stateDir, 'postgres-password'), newPassword)
  if (major === null) {
    say('making the database')
    await initialise({ home, password, socketDir, durable })
  }
  const settings = Object.entries({ ...serverSettings({ port, socketDir, durable }), ...more }).flatMap(
    ([key, value]) => ['-c', `${key}=${value}`],
  )
  return {
    version: binaries.version,
    socketDir,
    dataDir,
    isElsewhere: home.isElsewhere,
    account: account.name,
    isNew: major === null,
    superuserUrl: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    service: {
      name: 'postgres',
      title: 'PostgreSQL',
      stage: 2,
      // "Fast" shutdown: sessions end, everything is written. SIGTERM would wait for the sessions to leave.
      stopSignal: 'SIGINT',
      hardSignal: 'SIGQUIT',
      graceMs: 30_000,
      command: () => {
        const { file, args, options } = account.command(join(binaries.dir, 'bin/postgres'), [
          '-D',
          dataDir,
          ...settings,
        ])
        return { file, args, options: { ...options, cwd: '/', env: serverEnv() } }
      },
      beforeStart: () => stopOrphan(dataDir),
      isReady: async ({ pid }) => {
        const lines = pidFile(dataDir)
        return Number(lines[0]) === pid && lines[7]?.trim() === 'ready'
      },
    },
  }
}

/**
 * The recorder's own role and database, made on first use.
 * @param {string} superuserUrl
 * @param {string} stateDir keeps the role's password
 * @returns {Promise<string>} the URL for DATABASE_URL
 */
export async function appDatabase(superuserUrl, stateDir) {
  const password = keptSecret(join(stateDir, 'recorder-password'), newPassword)
  const { default: postgres } = await import('postgres')
  const sql = postgres(superuserUrl, { max: 1, onnotice: () => {} })
  try {
    const roles = await sql`select 1 from pg_roles where rolname = ${APP_NAME}`
    // The password has only letters, digits, - and _: a role's password can't be a parameter.
    if (roles.length === 0) await sql.unsafe(`create role ${APP_NAME} login password '${password}'`)
    const databases = await sql`select 1 from pg_database where datname = ${APP_NAME}`
    if (databases.length === 0) await sql.unsafe(`create database ${APP_NAME} owner ${APP_NAME}`)
  } finally {
    await sql.end()
  }
  const url = new URL(superuserUrl)
  return `postgres://${APP_NAME}:${password}@${url.host}/${APP_NAME}`
}

const newPassword = () => randomBytes(24).toString('base64url')

/** The database's folder appears whole or not at all: an interrupted start begins again. */
async function initialise(
  /** @type {{ home: import('./postgres-home.mjs').Home, password: string, socketDir: string, durable: boolean }} */ {
    home,
    password,
    socketDir,
    durable,
  },
) {
  const { account, dataDir, binaries } = home
  const passwordFile = join(socketDir, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (account.uid !== null) giveTo(passwordFile, account.uid, account.gid)
  const draft = join(dataDir, 'draft')
  rmSync(draft, { recursive: true, force: true })
  const { file, args, options } = account.command(join(binaries.dir, 'bin/initdb'), [
    '-D',
    draft,
    '-U',
    'postgres',
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    // Built into PostgreSQL: sorts alike on every system and after every upgrade of it.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    ...(durable ? [] : ['--no-sync']),
  ])
  const result = await run(file, args, { ...options, cwd: '/', env: serverEnv() })
  rmSync(passwordFile)
  if (result.code !== 0)
    throw new StopError(`PostgreSQL could not make its data folder ${dataDir}.`, result.output)
  // The account may be allowed to write in dataDir only, not beside it, so the draft lies inside.
  const aside = `${dataDir}.new`
  rmSync(aside, { recursive: true, force: true })
  renameSync(draft, aside)
  rmSync(dataDir, { recursive: true })
  renameSync(aside, dataDir)
}

function serverSettings(
  /** @type {{ port: number, socketDir: string, durable: boolean }} */ { port, socketDir, durable },
) {
  const sharedBuffersMiB = Math.max(64, Math.min(512, Math.floor(totalmem() / 2 ** 20 / 16)))
  return {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: socketDir,
    unix_socket_permissions: '0700',
    max_connections: durable ? 200 : 400,
    shared_buffers: `${sharedBuffersMiB}MB`,
    max_wal_size: '2GB',
    fsync: durable ? 'on' : 'off',
    full_page_writes: durable ? 'on' : 'off',
    synchronous_commit: 'on',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_min_messages: 'warning',
    log_checkpoints: 'off',
    // What candidates type is in statements and in the details of errors: neither goes to the log.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
  }
}

/** PostgreSQL takes settings from PG… variables, which are meant for other servers. */
const serverEnv = () => ({ LC_ALL: 'C', PATH: process.env.PATH ?? '', TZ: 'UTC' })

/**
 * A postmaster of this data folder that somebody left running is stopped; a pid file whose process is gone, or
 * is another program by now, is removed, since PostgreSQL itself would take any process for its predecessor.
 */
async function stopOrphan(/** @type {string} */ dataDir) {
  const pid = Number(pidFile(dataDir)[0])
  if (!pid) return
  const identity = identityOf(pid)
  if (identity !== null && (await isPostmasterOf(pid, dataDir))) {
    await stopInOrder([
      {
        name: 'postgres',
        title: 'PostgreSQL',
        pid,
        identity,
        stage: 0,
        stopSignal: 'SIGINT',
        hardSignal: 'SIGQUIT',
        graceMs: 30_000,
      },
    ])
  }
  rmSync(join(dataDir, 'postmaster.pid'), { force: true })
}

async function isPostmasterOf(/** @type {number} */ pid, /** @type {string} */ dataDir) {
  if (process.platform === 'linux') {
    try {
      // The postmaster and its children work in their data folder; the pid file names the postmaster.
      return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(dataDir)
    } catch {
      return false
    }
  }
  const { output } = await run('ps', ['-o', 'command=', '-p', String(pid)])
  return output.includes(`-D ${dataDir}`)
}

function pidFile(/** @type {string} */ dataDir) {
  const path = join(dataDir, 'postmaster.pid')
  if (!existsSync(path)) return []
  try {
    return readFileSync(path, 'utf8').split('\n')
  } catch {
    return []
  }
}
