import { once } from 'node:events'
import net from 'node:net'
import { createInflateRaw } from 'node:zlib'

/**
 * What went over the wire since the last reset, the opening handshakes of WebSockets left out.
 * @typedef {object} Traffic
 * @property {number} upBytes page to server: the payloads of the WebSocket frames, compressed where they are
 * @property {string[]} upMessages what they say
 * @property {number} downBytes server to page, frames with their headers
 * @property {number} httpUpBytes plain HTTP requests
 */

/** @returns {Traffic} */
const noTraffic = () => ({ upBytes: 0, upMessages: [], downBytes: 0, httpUpBytes: 0 })

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
    const inflated = inflater((message) => traffic.upMessages.push(message))
    const frames = frameReader((payload, isCompressed) => {
      traffic.upBytes += payload.length
      inflated(payload, isCompressed)
    })
    let isUpgraded = false
    client.on('data', (chunk) => {
      if (isUpgraded) frames(chunk)
      else traffic.httpUpBytes += chunk.length
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
 * Reads a page's WebSocket frames from pieces of a stream. Messages of this page are one frame each.
 * @param {(payload: Buffer, isCompressed: boolean) => void} onFrame
 */
function frameReader(onFrame) {
  /** @type {Buffer} */
  let waiting = Buffer.alloc(0)
  return (/** @type {Buffer} */ chunk) => {
    waiting = Buffer.concat([waiting, chunk])
    while (waiting.length >= 2) {
      const short = waiting.readUInt8(1) & 0x7f
      const maskAt = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0)
      const start = maskAt + MASK_BYTES
      if (waiting.length < start) return
      const bytes =
        short === 126 ? waiting.readUInt16BE(2) : short === 127 ? Number(waiting.readBigUInt64BE(2)) : short
      if (waiting.length < start + bytes) return
      const payload = waiting.subarray(start, start + bytes)
      onFrame(
        unmasked(payload, waiting.subarray(maskAt, start)),
        (waiting.readUInt8(0) & COMPRESSED_BIT) !== 0,
      )
      waiting = waiting.subarray(start + bytes)
    }
  }
}

/** The first reserved bit of a frame: permessage-deflate, RFC 7692. */
const COMPRESSED_BIT = 0x40
/** What every compressed message ends with, and leaves out. */
const TAIL = Buffer.from([0, 0, 0xff, 0xff])

/**
 * Hands on what messages say, in their order: each may refer to those before it.
 * @param {(message: string) => void} onMessage
 */
function inflater(onMessage) {
  const stream = createInflateRaw()
  /** @type {Buffer[]} */
  let pieces = []
  stream.on('data', (piece) => pieces.push(piece))
  return (/** @type {Buffer} */ payload, /** @type {boolean} */ isCompressed) => {
    if (!isCompressed) onMessage(payload.toString())
    else {
      stream.write(payload)
      stream.write(TAIL, () => {
        onMessage(Buffer.concat(pieces).toString())
        pieces = []
      })
    }
  }
}

/** Every frame of a page carries a mask. */
const MASK_BYTES = 4

const unmasked = (/** @type {Buffer} */ payload, /** @type {Buffer} */ mask) =>
  Buffer.from(payload.map((byte, i) => byte ^ (mask[i % MASK_BYTES] ?? 0)))
