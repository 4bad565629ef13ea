import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { freePort } from './own-redis.js'
import { runMark } from './process.js'
import { waitFor } from './wait-for.js'

const CONFIG = new URL('../../docker/pgbouncer.ini', import.meta.url)

/** Debian's PgBouncer with the project's configuration, in front of a database on loopback. */
export interface Pgbouncer extends AsyncDisposable {
  /** For DATABASE_URL. */
  readonly databaseUrl: string
  /** The same without a word of the pooler: what somebody forgets. */
  readonly plainUrl: string
  /** SIGKILL; every connection through it breaks. */
  kill(): Promise<void>
  start(): Promise<void>
}

/** Null where it is not installed. */
export const pgbouncerProgram = (): string | null => process.env.TEST_PGBOUNCER || null

/** @param poolSize connections to PostgreSQL, for whoever comes */
export async function startPgbouncer(databaseUrl: string, poolSize: number): Promise<Pgbouncer> {
  const program = pgbouncerProgram()
  if (program === null) throw new Error('TEST_PGBOUNCER names no PgBouncer')
  const target = new URL(databaseUrl)
  const folder = await mkdtemp(join(tmpdir(), 'recorder-pgbouncer-'))
  // It refuses to be root, and its user must pass through.
  const isRoot = process.getuid?.() === 0
  if (isRoot) await chmod(folder, 0o711)
  const [config, users] = [join(folder, 'pgbouncer.ini'), join(folder, 'userlist.txt')]
  const port = await freePort()
  const place = { target, port, users, poolSize }
  await writeFile(config, onLoopback(await readFile(CONFIG, 'utf8'), place))
  await writeFile(users, `"${target.username}" "${decodeURIComponent(target.password)}"\n`)
  for (const file of [config, users]) await chmod(file, 0o644)
  const plainUrl = Object.assign(new URL(databaseUrl), { host: `127.0.0.1:${port}` }).href
  const args = [...(isRoot ? ['-u', 'nobody'] : []), config]
  let child: ChildProcess | null = null
  let output = ''

  const start = async () => {
    const started = spawn(program, args, {
      env: { PATH: process.env.PATH ?? '', ...runMark() },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    child = started
    for (const stream of [started.stdout, started.stderr]) stream.on('data', (chunk) => (output += chunk))
    await waitFor('PgBouncer', async () => {
      if (started.exitCode !== null) throw new Error(`PgBouncer ended with ${started.exitCode}:\n${output}`)
      const sql = postgres(plainUrl, { max: 1, connect_timeout: 2, prepare: false, fetch_types: false })
      return sql`select 1`
        .then(
          () => true,
          () => false,
        )
        .finally(() => sql.end({ timeout: 1 }))
    })
  }
  const kill = async () => {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
  const remove = async () => {
    await kill()
    await rm(folder, { recursive: true, force: true })
  }
  await start().catch(async (error) => {
    await remove()
    throw error
  })
  return {
    databaseUrl: `${plainUrl}?pooler=transaction`,
    plainUrl,
    kill,
    start,
    [Symbol.asyncDispose]: remove,
  }
}

/** Where things are is put differently, and how many connections there are; every other line is the project's own. */
function onLoopback(
  config: string,
  { target, port, users, poolSize }: { target: URL; port: number; users: string; poolSize: number },
): string {
  const database = target.pathname.slice(1)
  const changes: [RegExp, string][] = [
    [
      /^recorder = host=postgres port=5432 dbname=recorder/m,
      `${database} = host=${target.hostname} port=${target.port} dbname=${database}`,
    ],
    [/^listen_addr = .*/m, 'listen_addr = 127.0.0.1'],
    [/^listen_port = .*/m, `listen_port = ${port}`],
    [/^auth_file = .*/m, `auth_file = ${users}`],
    [/^default_pool_size = .*/m, `default_pool_size = ${poolSize}`],
    // As many as a machine of tests may open without being asked.
    [/^max_client_conn = .*/m, 'max_client_conn = 200'],
  ]
  return changes.reduce((text, [from, to]) => {
    if (!from.test(text)) throw new Error(`docker/pgbouncer.ini has no ${from}`)
    return text.replace(from, to)
  }, config)
}
