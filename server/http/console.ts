import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import { ExplainedError } from '../../protocol/errors.js'
import { errorBody } from '../errors.js'
import type { App } from './context.js'
import { consolePolicy } from './security-headers.js'

/** The built console; absent in a tree that was never built. */
const CONSOLE_FOLDER = fileURLToPath(new URL('../../web-app/', import.meta.url))
/** The page of the demo interview; all others are the console's. */
const DEMO_PATH = /^\/demo\/?$/
/** As web/vite.config.ts has it. */
const NONCE_PLACEHOLDER = /__CSP_NONCE__/g

/** The demo interview, and the console at every address that is nothing else's. */
export async function serveConsole(app: App): Promise<void> {
  const built = existsSync(`${CONSOLE_FOLDER}index.html`)
  const pageOf = (name: string) =>
    existsSync(CONSOLE_FOLDER + name) ? readFileSync(CONSOLE_FOLDER + name, 'utf8') : null
  const pages = { console: pageOf('index.html'), demo: pageOf('demo.html') }
  if (built) {
    await app.register(fastifyStatic, {
      root: CONSOLE_FOLDER,
      // A route for each file that there is, and nothing else.
      wildcard: false,
      index: false,
      // Its own would take the place of what is set below.
      cacheControl: false,
      // The pages have their nonce from below.
      allowedPath: (path) => !path.endsWith('.html'),
      setHeaders: (response, path) => {
        // Vite names assets by their content.
        const immutable = path.includes('/assets/')
        response.setHeader('cache-control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
      },
    })
  }
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] as string
    const isPage = request.method === 'GET' && !/^\/(v1|docs|socket\.io)(\/|$)/.test(path)
    const page = DEMO_PATH.test(path) ? pages.demo : pages.console
    const wantsPage = path === '/' || (request.headers.accept?.includes('text/html') ?? false)
    if (page !== null && isPage && wantsPage) {
      // The editor and the terminal write their rules into style elements, which carry the nonce of their page.
      const nonce = randomBytes(16).toString('base64url')
      return reply
        .type('text/html; charset=utf-8')
        .header('cache-control', 'no-cache')
        .header('content-security-policy', consolePolicy(nonce))
        .send(page.replace(NONCE_PLACEHOLDER, nonce))
    }
    const error = new ExplainedError('NOT_FOUND', 'There is no such address.')
    return reply.code(404).send(errorBody(error))
  })
}
