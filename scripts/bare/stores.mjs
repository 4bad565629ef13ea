import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { shown } from './output.mjs'
import { appDatabase, preparePostgres } from './postgres.mjs'
import { prepareRedis } from './redis.mjs'
import { withoutPassword } from './settings.mjs'
import { redisServer } from './system-packages.mjs'

/** Where root keeps PostgreSQL's data when no other user can reach DATA_DIR. */
const ELSEWHERE = '/var/lib/interviewlm-recorder'

/**
 * @typedef {object} Stores what the three functions below share
 * @property {string} root the project
 * @property {string} dataDir
 * @property {import('./settings.mjs').StartSettings} settings a URL given there replaces our own store
 * @property {ReturnType<typeof import('./supervisor.mjs').createSupervisor>} supervisor
 * @property {ReturnType<typeof import('./ports.mjs').rememberedPorts>} ports
 */

/**
 * @param {Stores} stores
 * @param {(text: string) => void} say
 * @returns {Promise<{ value: { databaseUrl: string, keptIn: string | null }, detail: string }>} `keptIn` when
 *   the data had to be kept outside of DATA_DIR
 * @throws {import('./stop-error.mjs').StopError}
 */
export async function bringPostgres({ root, dataDir, settings, supervisor, ports }, say) {
  const given = settings.databaseUrl
  if (given)
    return { value: { databaseUrl: given, keptIn: null }, detail: `DATABASE_URL ${withoutPassword(given)}` }
  const port = await ports.get('postgres')
  const request = { root, stateDir: dataDir, elsewhere: ELSEWHERE, port, durable: true, say }
  const {
    service,
    superuserUrl,
    version,
    account,
    isElsewhere,
    dataDir: keptIn,
  } = await preparePostgres(request)
  await supervisor.start(service)
  const databaseUrl = await appDatabase(superuserUrl, dataDir)
  const as = process.getuid?.() === 0 ? ` as ${account}` : ''
  return {
    value: { databaseUrl, keptIn: isElsewhere ? keptIn : null },
    detail: `${version} on port ${port}${as}${isElsewhere ? `, data in ${keptIn}` : ''}`,
  }
}

/**
 * @param {Stores} stores
 * @param {(text: string) => void} say
 * @returns {Promise<{ value: string, detail: string }>} the URL
 * @throws {import('./stop-error.mjs').StopError}
 */
export async function bringRedis({ dataDir, settings, supervisor, ports }, say) {
  const given = settings.redisUrl
  if (given) return { value: given, detail: `REDIS_URL ${withoutPassword(given)}` }
  const { file, version } = await redisServer(join(dataDir, 'bin'), say)
  const port = await ports.get('redis')
  const { service, url } = prepareRedis({ file, stateDir: dataDir, port, durable: true })
  await supervisor.start(service)
  return { value: url, detail: `${version} on port ${port}` }
}

/**
 * @param {Stores} stores
 * @returns {{ value: string, detail: string }} the URL
 */
export function bringArchive({ dataDir, settings }) {
  const given = settings.archiveUrl
  if (given) return { value: given, detail: `ARCHIVE_URL ${withoutPassword(given)}` }
  const dir = join(dataDir, 'archive')
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  return { value: pathToFileURL(dir).href, detail: shown(dir) }
}
