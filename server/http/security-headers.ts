import helmet from '@fastify/helmet'
import type { App, HttpContext } from './context.js'

/** Of the console and of whatever has no other: its own files, and its own host by WebSocket too; nothing inline. */
const OWN_POLICY = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data:",
  'font-src': "'self'",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'object-src': "'none'",
  'frame-ancestors': "'none'",
}

const written = (policy: Record<string, string>): string =>
  Object.entries(policy)
    .map(([name, value]) => `${name} ${value}`)
    .join(';')

/** Of the console's page: its own code may add rules in style elements that carry the nonce. */
export const consolePolicy = (nonce: string): string =>
  written({ ...OWN_POLICY, 'style-src': `'self' 'nonce-${nonce}'` })

/**
 * Of the worker that runs a demo candidate's code: that may run whatever it likes, and reach nobody. A worker has the
 * policy of its own file and not that of its page, so the page stays as strict as it is.
 */
const CODE_RUNNER_POLICY = written({
  'default-src': "'none'",
  'script-src': "blob: 'unsafe-eval'",
  'worker-src': "'none'",
})
/** As web/vite.config.ts names the file. */
const CODE_RUNNER = /^\/assets\/code-runner-[\w-]+\.js$/

/** Of the API's description: the page that shows it writes styles into its elements. */
export const DOCS_POLICY = written({ ...OWN_POLICY, 'style-src': "'self' 'unsafe-inline'" })

/**
 * Of the queues' board: its page writes styles too, its form goes to the server that it is from, and its `base` names where
 * its files are from pages further down.
 */
export const BOARD_POLICY = written({
  ...OWN_POLICY,
  'style-src': "'self' 'unsafe-inline'",
  'base-uri': "'self'",
  'form-action': "'self'",
})

/** An answer of the API is data: a browser that is made to show it as a page runs and loads nothing from it. */
const API_POLICY = "default-src 'none'; frame-ancestors 'none'"

/** What every answer tells browsers about itself. A route may say otherwise for its own answers. */
export async function securityHeaders(app: App, { hstsMaxAgeSec }: HttpContext): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: false,
    strictTransportSecurity: hstsMaxAgeSec > 0 && { maxAge: hstsMaxAgeSec },
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    crossOriginResourcePolicy: { policy: 'same-origin' },
  })
  app.addHook('onRequest', async (request, reply) => {
    const isApi = /^\/v1(\/|\?|$)/.test(request.url)
    const ofOthers = CODE_RUNNER.test(request.url) ? CODE_RUNNER_POLICY : written(OWN_POLICY)
    reply.header('content-security-policy', isApi ? API_POLICY : ofOthers)
    if (!isApi) return
    // Recordings and tokens: nothing between here and the reader may keep them.
    reply.header('cache-control', 'no-store')
  })
}
