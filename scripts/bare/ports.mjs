import { createServer } from 'node:net'
import { readJson, writeJson } from './files.mjs'

/**
 * @param {number} port
 * @param {string} [host]
 * @returns {Promise<number | null>} the port, free a moment ago; null when it is taken
 * @throws when the host is not an address of this machine
 */
export function tryPort(port, host = '127.0.0.1') {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(null)
      else reject(error)
    })
    server.listen({ port, host, exclusive: true }, () => {
      server.close(() => resolve(port))
    })
  })
}

/**
 * A free loopback port below the range that systems hand out for outgoing connections (32768 and up): a port
 * from that range could be somebody's outgoing one at the moment a crashed service wants it back.
 */
export async function freePort() {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = await tryPort(20_000 + Math.floor(Math.random() * 12_000))
    if (port !== null) return port
  }
  throw new Error('No free port between 20000 and 32000 on 127.0.0.1.')
}

/**
 * Loopback ports by name, remembered in a file so that the next start uses the same ones while they are free.
 * @param {string} file
 */
export function rememberedPorts(file) {
  /** @type {Record<string, number>} */
  const known = readJson(file) ?? {}
  return {
    /**
     * @param {string} name
     * @returns {Promise<number>}
     */
    async get(name) {
      const last = known[name]
      const port = (last ? await tryPort(last) : null) ?? (await freePort())
      known[name] = port
      writeJson(file, known)
      return port
    },
  }
}

/**
 * The port for people to open: the wanted one or, when the user left the choice to us, the next free one.
 * @param {{ wanted: number, chosenByUser: boolean, host: string }} request
 * @returns {Promise<number | null>} null when it is taken
 */
export async function publicPort({ wanted, chosenByUser, host }) {
  const last = chosenByUser ? wanted : wanted + 99
  for (let port = wanted; port <= last; port++) {
    if ((await tryPort(port, host)) !== null) return port
  }
  return null
}
