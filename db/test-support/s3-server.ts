import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import S3rver from 's3rver'

export interface S3Server {
  endpoint: string
  bucket: string
  credentials: { accessKeyId: string; secretAccessKey: string }
  /** `METHOD /path?query` of each request since the start. */
  requests: string[]
  /** Answers a request instead of the server; true when it has. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | null
  stop(): Promise<void>
}

/** A real S3 server on a free loopback port, with one bucket, on a folder that goes when it stops. */
export async function startS3Server(): Promise<S3Server> {
  const directory = await mkdtemp(join(tmpdir(), 'archive-s3-'))
  const bucket = 'recordings'
  const app = new S3rver({
    address: '127.0.0.1',
    port: 0,
    directory,
    silent: true,
    configureBuckets: [{ name: bucket, configs: [] }],
  })
  const { port } = await app.run()
  const server: S3Server = {
    endpoint: `http://127.0.0.1:${port}`,
    bucket,
    credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
    requests: [],
    intercept: null,
    stop: async () => {
      app.httpServer.closeAllConnections()
      await app.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
  const [answer] = app.httpServer.listeners('request') as RequestListener[]
  app.httpServer.removeAllListeners('request')
  app.httpServer.on('request', (request: IncomingMessage, response: ServerResponse) => {
    server.requests.push(`${request.method} ${request.url}`)
    if (server.intercept?.(request, response) !== true) answer?.(request, response as never)
  })
  return server
}
