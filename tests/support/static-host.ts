import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.gz': 'application/gzip',
}

export interface StaticHost extends AsyncDisposable {
  origin: string
  /** `GET /path`, with ` bytes=…` where a range was asked for. */
  asked: string[]
  /** Pages by path, beside the folder's files; more may be added at any time. */
  pages: Record<string, HostedPage>
}

interface HostedPage {
  text: string
  type?: string
  policy?: string
}

interface HostOptions {
  takesRanges?: boolean
  /** Whose pages may read from here, and ask for byte ranges (CORS). */
  allowsOrigin?: string
}

/** A host of static files, as plain as they come: the files of a folder, by their names, on loopback. */
export async function staticHost(
  folder: string,
  { takesRanges = true, allowsOrigin }: HostOptions = {},
): Promise<StaticHost> {
  const asked: string[] = []
  const pages: Record<string, HostedPage> = {}
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://host').pathname)
    const { range } = request.headers
    asked.push(`${request.method} ${path}${range === undefined ? '' : ` ${range}`}`)
    const cors = allowsOrigin !== undefined && {
      'access-control-allow-origin': allowsOrigin,
      'access-control-allow-headers': 'range',
    }
    if (request.method === 'OPTIONS') return response.writeHead(204, { ...cors }).end()
    const name = path.endsWith('/') ? `${path}index.html` : path
    const page = pages[path]
    const bytes =
      page === undefined
        ? await readFile(join(folder, normalize(name))).catch(() => null)
        : Buffer.from(page.text)
    if (bytes === null) return response.writeHead(404, { ...cors }).end()
    const type = page?.type ?? TYPES[page ? '.html' : extname(name)] ?? 'application/octet-stream'
    const headers = {
      ...cors,
      'content-type': type,
      ...(page?.policy !== undefined && { 'content-security-policy': page.policy }),
    }
    const [, from, to] = (takesRanges && /^bytes=(\d+)-(\d+)$/.exec(range ?? '')) || []
    if (from === undefined) return response.writeHead(200, headers).end(bytes)
    const part = bytes.subarray(Number(from), Number(to) + 1)
    const contentRange = `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`
    return response.writeHead(206, { ...headers, 'content-range': contentRange }).end(part)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    pages,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
