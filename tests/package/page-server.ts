import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.map': 'application/json',
}

/** The platform's own web server: files of a folder under its content security policy, and a few answers. */
export interface PageServer extends AsyncDisposable {
  readonly url: string
}

export type Answer = () => string | Buffer | Promise<string>

export async function servePages(
  dir: string,
  { policy, answers = {} }: { policy: string; answers?: Record<string, Answer> },
): Promise<PageServer> {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://page')
    const path = normalize(pathname.endsWith('/') ? `${pathname}index.html` : pathname)
    // Browsers ask for it by themselves.
    if (path === '/favicon.ico') return response.writeHead(204).end()
    try {
      const body = (await answers[path]?.()) ?? readFileSync(join(dir, path))
      response.writeHead(200, {
        'content-type': TYPES[extname(path)] ?? 'text/plain',
        'content-security-policy': policy,
      })
      response.end(body)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
