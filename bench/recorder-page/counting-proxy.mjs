import { once } from 'node:events'
import net from 'node:net'

/**
 * What went over the wire since the last reset, the opening handshakes of WebSockets left out.
 * @typedef {object} Traffic
 * @property {number} upBytes page to server: WebSocket frames with their headers
 * @property {number} upPayloadBytes the same without the frames' headers
 * @property {number} upFrames
 * @property {number} downBytes server to page, frames with their headers
 * @property {number} httpUpBytes plain HTTP requests
 */

/** @returns {Traffic} */
const noTraffic = () => ({ upBytes: 0, upPayloadBytes: 0, upFrames: 0, downBytes: 0, httpUpBytes: 0 })

/**
 * A TCP proxy on loopback that counts.
 * @param {number} toPort
 */
export async function startCountingProxy(toPort) {
  let traffic = noTraffic()
  /** @type {Set<net.Socket>} */
  const open = new Set()
  const server = net.createServer({ noDelay: true }, (client) => {
    const upstream = net.connect({ port: toPort, host: '127.0.0.1', noDelay: true })
    const frames = frameCounter((payloadBytes) => {
      traffic.upFrames++
      traffic.upPayloadBytes += payloadBytes
    })
    let isUpgraded = false
    client.on('data', (chunk) => {
      if (isUpgraded) {
        traffic.upBytes += chunk.length
        frames(chunk)
      } else traffic.httpUpBytes += chunk.length
      upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      if (isUpgraded) traffic.downBytes += chunk.length
      else if (chunk.toString('latin1', 0, 12) === 'HTTP/1.1 101') isUpgraded = true
      client.write(chunk)
    })
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ]) {
      if (!from || !to) continue
      open.add(from)
      from.on('error', () => {})
      from.on('close', () => {
        open.delete(from)
        to.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = /** @type {net.AddressInfo} */ (server.address())
  return {
    url: `http://127.0.0.1:${address.port}`,
    reset: () => {
      traffic = noTraffic()
    },
    read: () => ({ ...traffic }),
    close: async () => {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/**
 * Reads a page's WebSocket frames from pieces of a stream, and tells the length of each.
 * @param {(payloadBytes: number) => void} onFrame
 */
function frameCounter(onFrame) {
  /** @type {Buffer} */
  let waiting = Buffer.alloc(0)
  /** Payload bytes of the frame being read that are still to come. */
  let toSkip = 0
  return (/** @type {Buffer} */ chunk) => {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk])
    for (;;) {
      const skipped = Math.min(toSkip, waiting.length)
      waiting = waiting.subarray(skipped)
      toSkip -= skipped
      if (toSkip > 0 || waiting.length < 2) return
      const short = waiting.readUInt8(1) & 0x7f
      const headerBytes = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + MASK_BYTES
      if (waiting.length < headerBytes) return
      const payloadBytes =
        short === 126 ? waiting.readUInt16BE(2) : short === 127 ? Number(waiting.readBigUInt64BE(2)) : short
      onFrame(payloadBytes)
      waiting = waiting.subarray(headerBytes)
      toSkip = payloadBytes
    }
  }
}

/** Every frame of a page carries a mask. */
const MASK_BYTES = 4
