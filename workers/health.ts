import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Health {
  metrics: () => Promise<string>
  /** Null where it is. */
  whyNotReady: () => Promise<string | null>
}

/** `/healthz`, `/readyz` and `/metrics` of a worker. */
export async function serveHealth(host: string, port: number, { metrics, whyNotReady }: Health) {
  const server = createServer((request, response) => {
    const answer = async (): Promise<[number, string]> => {
      if (request.url === '/healthz') return [200, 'ok']
      if (request.url === '/metrics') return [200, await metrics()]
      if (request.url !== '/readyz') return [404, 'not found']
      const why = await whyNotReady()
      return why === null ? [200, 'ready'] : [503, why]
    }
    answer().then(
      ([status, text]) =>
        response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(text),
      () => response.writeHead(500).end(),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise<void>((resolve) => server.close(() => resolve()) && server.closeAllConnections()),
  }
}
