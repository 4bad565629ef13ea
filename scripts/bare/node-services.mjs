import { join } from 'node:path'

/**
 * Our own two processes, as services of the supervisor. Both stop in the first stage: they drain into Redis
 * and PostgreSQL, which stop after them.
 * @param {{ root: string, env: NodeJS.ProcessEnv, serverUrl: string, workerPort: number }} request `env` holds
 *   every setting
 * @returns {{ server: import('./supervisor.mjs').Service, worker: import('./supervisor.mjs').Service }}
 */
export function nodeServices({ root, env, serverUrl, workerPort }) {
  const service = (/** @type {string} */ name, /** @type {string} */ script, /** @type {string} */ url) =>
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
      isReady: () => answers200(`${url}/readyz`),
    })
  return {
    server: service('server', 'dist/server/main.js', serverUrl),
    worker: service('worker', 'dist/workers/main.js', `http://127.0.0.1:${workerPort}`),
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
