import { once } from 'node:events'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Transform } from 'node:stream'

/**
 * - up: passes everything on
 * - away: closes each connection without an answer
 * - breaking: takes a part of each upload, then breaks off
 * - lying: answers reads with one byte changed, under the same length
 */
export type S3Mood = 'up' | 'away' | 'breaking' | 'lying'

/** An HTTP proxy before an S3 server that fails as stores do. */
export interface S3Proxy {
  readonly endpoint: string
  mood: S3Mood
  /** How many requests it failed, by mood. */
  readonly failed: Record<Exclude<S3Mood, 'up'>, number>
  close(): Promise<void>
}

/** @param endpoint of the real one */
export async function startS3Proxy(endpoint: string): Promise<S3Proxy> {
  const { hostname, port } = new URL(endpoint)
  const agent = new http.Agent({ keepAlive: true })
  const server = http.createServer((request, response) => handle(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy: S3Proxy = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mood: 'up',
    failed: { away: 0, breaking: 0, lying: 0 },
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
      agent.destroy()
    },
  }

  function handle(request: IncomingMessage, response: ServerResponse): void {
    const { mood } = proxy
    request.on('error', () => {})
    response.on('error', () => {})
    if (mood === 'away') {
      proxy.failed.away++
      request.socket.destroy()
    } else if (mood === 'breaking' && request.method !== 'GET' && request.method !== 'HEAD') {
      proxy.failed.breaking++
      // The store has begun to read: it must not take the half for the whole.
      const upstream = forward(request, response)
      request.once('data', (chunk: Buffer) => {
        upstream.write(chunk.subarray(0, Math.ceil(chunk.length / 2)))
        upstream.destroy()
        request.socket.destroy()
      })
      request.once('end', () => upstream.destroy())
    } else {
      const isLie = mood === 'lying' && request.method === 'GET' && !request.url?.includes('list-type')
      if (isLie) proxy.failed.lying++
      request.pipe(forward(request, response, isLie ? changeOneByte() : undefined))
    }
  }

  function forward(request: IncomingMessage, response: ServerResponse, change?: Transform) {
    // The host's name as the client signed it.
    const { method, url: path, headers } = request
    const upstream = http.request({ host: hostname, port, method, path, headers, agent }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.on('error', () => response.destroy())
      if (change) answer.pipe(change).pipe(response)
      else answer.pipe(response)
    })
    upstream.on('error', () => response.destroy())
    response.on('close', () => upstream.destroy())
    return upstream
  }
  return proxy
}

/** Flips a bit in the middle of the first chunk. */
function changeOneByte(): Transform {
  let isDone = false
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (!isDone && chunk.length > 0) {
        isDone = true
        const at = chunk.length >> 1
        chunk[at] = (chunk[at] ?? 0) ^ 0x10
      }
      done(null, chunk)
    },
  })
}
