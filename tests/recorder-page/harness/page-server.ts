import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import type { PageSetUp, ToldLine } from '../told.js'

/** The platform's own web server: pages, who the page is, and what the page tells the test. */
export interface PageServer {
  readonly origin: string
  /** Opens `?run=<run>`; the lines of its pages go to `onTold`, each once, in the order of the load. */
  serveRun(run: string, setUp: () => PageSetUp, onTold: (line: ToldLine) => void): ServedRun
  close(): Promise<void>
}

export interface ServedRun {
  end(): void
}

/** A page without a recorder. */
export const ELSEWHERE = '/elsewhere'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.ttf': 'font/ttf',
}

export async function startPageServer(folder: string): Promise<PageServer> {
  const runs = new Map<string, { setUp: () => PageSetUp; take: (lines: string) => void }>()

  const answer = async (request: http.IncomingMessage, response: http.ServerResponse) => {
    const path = normalize(new URL(request.url ?? '/', 'http://pages').pathname)
    const [, , name = '', verb] = path.split('/')
    const run = path.startsWith('/runs/') ? runs.get(name) : undefined
    if (run && verb === 'told') {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      run.take(Buffer.concat(chunks).toString())
      response.end()
    } else if (run && verb === 'set-up') {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(run.setUp()))
    } else if (path === ELSEWHERE) {
      response.setHeader('content-type', 'text/html; charset=utf-8').end('<p>Another page of the platform')
    } else {
      const file = await readFile(join(folder, path)).catch(() => null)
      if (file === null) response.writeHead(404).end()
      else response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream').end(file)
    }
  }
  const server = http.createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    serveRun: (run, setUp, onTold) => {
      const take = takeInOrder(onTold)
      runs.set(run, { setUp, take })
      return { end: () => runs.delete(run) }
    },
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** What a page tells while it is left goes another way, and may overtake what it told before. */
function takeInOrder(onTold: (line: ToldLine) => void): (lines: string) => void {
  const loads = new Map<string, { nextN: number; early: Map<number, ToldLine> }>()
  return (lines) => {
    for (const line of JSON.parse(lines) as ToldLine[]) {
      const load = loads.get(line.load) ?? { nextN: 1, early: new Map() }
      loads.set(line.load, load)
      if (line.n >= load.nextN) load.early.set(line.n, line)
      for (let next = load.early.get(load.nextN); next; next = load.early.get(load.nextN)) {
        load.early.delete(load.nextN++)
        onTold(next)
      }
    }
  }
}
