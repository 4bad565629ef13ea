import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { keptSecret, writePrivate } from './files.mjs'

/**
 * Prepares a Redis on loopback with a password of its own, since any user of the machine may connect to
 * loopback.
 * @param {{ file: string, stateDir: string, port: number, durable: boolean, name?: string,
 *   more?: Record<string, string | number> }} request `file` is the server program, `stateDir` holds its folder, which is called
 *   `name`, and the password; not durable: nothing is written to disk; `more`: further lines of its configuration
 * @returns {{ service: import('./supervisor.mjs').Service, url: string, password: string }}
 */
export function prepareRedis({ file, stateDir, port, durable, name = 'redis', more = {} }) {
  const dir = join(stateDir, name)
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const password = keptSecret(join(stateDir, 'redis-password'), () => randomBytes(24).toString('base64url'))
  const configFile = join(dir, 'redis.conf')
  const config = {
    bind: '127.0.0.1',
    port,
    'protected-mode': 'yes',
    requirepass: password,
    // Of the nodes of a cluster, to each other.
    masterauth: password,
    dir: quoted(dir),
    daemonize: 'no',
    // The log goes to standard output, which the supervisor sends to a file.
    logfile: '""',
    appendonly: durable ? 'yes' : 'no',
    appendfsync: 'everysec',
    // The append-only file is the copy on disk; snapshots would only add forks.
    save: '""',
    'maxmemory-policy': 'noeviction',
    ...more,
  }
  return {
    url: `redis://:${password}@127.0.0.1:${port}/0`,
    password,
    service: {
      name,
      title: 'Redis',
      stage: 1,
      stopSignal: 'SIGTERM',
      hardSignal: 'SIGKILL',
      graceMs: 15_000,
      command: () => ({ file, args: [configFile], options: { cwd: dir } }),
      beforeStart: () =>
        writePrivate(
          configFile,
          Object.entries(config)
            .map(([key, value]) => `${key} ${value}\n`)
            .join(''),
        ),
      isReady: () => answersPing(port, password),
    },
  }
}

const quoted = (/** @type {string} */ text) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`

/** While it loads its file, Redis accepts connections and answers with an error. */
function answersPing(/** @type {number} */ port, /** @type {string} */ password) {
  return new Promise((/** @type {(ready: boolean) => void} */ resolve) => {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    const finish = () => {
      socket.destroy()
      resolve(answer.includes('+PONG'))
    }
    socket.setTimeout(1_000, finish)
    socket.once('error', finish)
    socket.once('close', finish)
    socket.once('connect', () => socket.write(`AUTH ${password}\r\nPING\r\n`))
    socket.on('data', (chunk) => {
      answer += chunk
      if (answer.includes('+PONG') || answer.includes('-')) finish()
    })
  })
}
