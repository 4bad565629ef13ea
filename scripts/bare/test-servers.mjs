import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from './ports.mjs'
import { preparePostgres } from './postgres.mjs'
import { prepareRedis } from './redis.mjs'
import { clusterConfig, formCluster } from './redis-cluster.mjs'
import { createRoster } from './roster.mjs'
import { RUN_MARK } from './run-suite.mjs'
import { startGuard } from './start-guard.mjs'
import { createSupervisor } from './supervisor.mjs'
import { redisServer } from './system-packages.mjs'

/**
 * A temporary folder and whatever runs in it for one `npm test`. The guard removes both if this process dies.
 * @param {{ mark: string, note: (text: string) => void }} request
 */
export function openTestRun({ mark, note }) {
  const tempDir = mkdtempSync(join(tmpdir(), 'interviewlm-test-'))
  // As root, PostgreSQL's user must pass through.
  if (process.getuid?.() === 0) chmodSync(tempDir, 0o711)
  const rosterFile = join(tempDir, 'children.json')
  const roster = createRoster(rosterFile)
  const guard = startGuard(rosterFile, ['--marked', RUN_MARK, mark, '--remove', tempDir])
  const supervisor = createSupervisor({ logsDir: join(tempDir, 'logs'), roster, note })
  return {
    tempDir,
    roster,
    supervisor,
    close: async (/** @type {AbortSignal} */ force) => {
      await supervisor.stopAll({ force })
      rmSync(tempDir, { recursive: true, force: true, maxRetries: 5 })
      guard.dismiss()
    },
  }
}

/** @typedef {ReturnType<typeof openTestRun>} TestRun */

/**
 * @param {TestRun} run
 * @param {string} root
 * @param {(text: string) => void} say
 * @param {{ durable?: boolean, more?: Record<string, string> }} [options] durable: as in production, which tests need not wait for and
 *   benches measure; more: settings of the server
 * @returns {Promise<{ value: NodeJS.ProcessEnv, detail: string }>} what the tests find it with
 * @throws {import('./stop-error.mjs').StopError}
 */
export async function startTestPostgres(
  { tempDir, supervisor },
  root,
  say,
  { durable = false, more = {} } = {},
) {
  const port = await freePort()
  const { service, superuserUrl, socketDir, version } = await preparePostgres({
    root,
    stateDir: tempDir,
    elsewhere: join(tempDir, 'elsewhere'),
    port,
    durable,
    more,
    say,
  })
  await supervisor.start(service)
  return {
    value: { TEST_DATABASE_URL: superuserUrl, TEST_PG_SOCKET_DIR: socketDir },
    detail: `${version} on port ${port}, throwaway`,
  }
}

/**
 * @param {TestRun} run
 * @param {(text: string) => void} say
 * @param {{ durable?: boolean }} [options] see startTestPostgres
 * @returns {Promise<{ value: NodeJS.ProcessEnv, detail: string }>} what the tests find it with
 * @throws {import('./stop-error.mjs').StopError}
 */
export async function startTestRedis({ tempDir, supervisor }, say, { durable = false } = {}) {
  const { file, version } = await redisServer(join(tempDir, 'bin'), say)
  const port = await freePort()
  const { service, url } = prepareRedis({ file, stateDir: tempDir, port, durable })
  await supervisor.start(service)
  return {
    value: { TEST_REDIS_URL: url, TEST_REDIS_SERVER: file },
    detail: `${version} on port ${port}, throwaway`,
  }
}

const MASTERS = 3
const NODES = 6

/**
 * As {@link startTestRedis}, and a cluster: three masters with a replica each.
 * @param {TestRun} run
 * @param {(text: string) => void} say
 * @returns {Promise<{ value: NodeJS.ProcessEnv, detail: string }>}
 * @throws {import('./stop-error.mjs').StopError}
 */
export async function startTestCluster({ tempDir, supervisor }, say) {
  const { file, version } = await redisServer(join(tempDir, 'bin'), say)
  const nodes = []
  for (let i = 1; i <= NODES; i++) {
    const [port, busPort] = [await freePort(), await freePort()]
    const name = `redis-${i}`
    const node = { port, busPort }
    const more = clusterConfig(node)
    const prepared = prepareRedis({ file, stateDir: tempDir, port, durable: false, name, more })
    say(`starting ${name}`)
    await supervisor.start(prepared.service)
    nodes.push({ ...node, ...prepared })
  }
  say('making the cluster')
  const password = nodes[0]?.password ?? ''
  const { Redis } = await import('ioredis')
  await formCluster(nodes, { Redis, masters: MASTERS, password })
  const url = nodes.map(({ port }) => `redis+cluster://:${password}@127.0.0.1:${port}`).join(',')
  return {
    value: { TEST_REDIS_URL: url, TEST_REDIS_SERVER: file },
    detail: `${version}, a cluster of ${MASTERS} masters and ${NODES - MASTERS} replicas, throwaway`,
  }
}
