import { join } from 'node:path'
import { tryPort } from './ports.mjs'
import { StopError } from './stop-error.mjs'

/** @typedef {{ host: string, port: number }} Address where one listens */

/**
 * Our own two processes, as services of the supervisor. Both stop in the first stage: they drain into Redis
 * and PostgreSQL, which stop after them.
 * @param {{ root: string, env: NodeJS.ProcessEnv, server: Address, workerPort: number }} request `env` holds
 *   every setting
 * @returns {{ server: import('./supervisor.mjs').Service, worker: import('./supervisor.mjs').Service }}
 */
export function nodeServices({ root, env, server, workerPort }) {
  const service = (
    /** @type {string} */ name,
    /** @type {string} */ script,
    /** @type {Address} */ address,
  ) =>
    /** @type {import('./supervisor.mjs').Service} */ ({
      name,
      title: name === 'server' ? 'Server' : 'Worker',
      stage: 0,
      stopSignal: 'SIGTERM',
      hardSignal: 'SIGKILL',
      graceMs: 20_000,
      command: () => ({
        file: process.execPath,
        args: ['--enable-source-maps', join(root, script)],
        options: { cwd: root, env },
      }),
      // Whoever answers on the port is taken for ours, so nobody else may be there when ours starts.
      beforeStart: async () => {
        const { host, port } = address
        if ((await tryPort(port, host)) !== null) return
        throw new StopError(`Port ${port} on ${host} is taken by another program.`)
      },
      isReady: () => answers200(`${urlOf(address.host, address.port)}/readyz`),
    })
  return {
    server: service('server', 'dist/run/server/main.js', server),
    worker: service('worker', 'dist/run/workers/main.js', { host: '127.0.0.1', port: workerPort }),
  }
}

/**
 * Where this machine reaches a server that listens on `host`.
 * @param {string} host
 * @param {number} port
 */
export function urlOf(host, port) {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}

async function answers200(/** @type {string} */ url) {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).status === 200
  } catch {
    return false
  }
}
