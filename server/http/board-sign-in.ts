import type { FastifyRequest } from 'fastify'
import { RecorderError } from '../../protocol/errors.js'
import { requireRole } from '../auth/tokens.js'
import type { App, HttpContext } from './context.js'

export const BOARD_PATH = '/queues'
const SIGN_IN_PATH = '/sign-in'
const COOKIE = 'queues-token'
/** Longer than any token of ours. */
const FORM_BYTES = 16 * 1024

/**
 * Lets service tokens alone to the routes of this scope. A browser that opens a page can send no header: it is shown a form,
 * and keeps the token in a cookie that no script can read, no other site can use, and that goes to these routes only.
 */
export function boardSignIn(board: App, context: HttpContext): void {
  const admit = async (token: string | undefined, request: FastifyRequest) =>
    requireRole(await context.gate.admit(token, context.addressOf(request.raw)), 'service')

  board.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.url === BOARD_PATH + SIGN_IN_PATH) return
    try {
      await admit(bearerOf(request) ?? cookieOf(request), request)
    } catch (error) {
      const wantsPage = request.headers.accept?.includes('text/html') ?? false
      if (!wantsPage || !(error instanceof RecorderError)) throw error
      return reply
        .code(401)
        .type('text/html; charset=utf-8')
        .send(signInPage(cookieOf(request) !== undefined))
    }
  })
  board.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: FORM_BYTES },
    async (_request: FastifyRequest, body: string) => new URLSearchParams(body),
  )
  board.post(SIGN_IN_PATH, { schema: { hide: true } }, async (request, reply) => {
    const token = request.body instanceof URLSearchParams ? (request.body.get('token')?.trim() ?? '') : ''
    try {
      await admit(token, request)
    } catch (error) {
      if (!(error instanceof RecorderError)) throw error
      return reply.code(401).type('text/html; charset=utf-8').send(signInPage(true))
    }
    const secure = context.hstsMaxAgeSec > 0 ? '; Secure' : ''
    const cookie = `${COOKIE}=${token}; Path=${BOARD_PATH}; HttpOnly; SameSite=Strict${secure}`
    return reply.header('set-cookie', cookie).redirect(`${BOARD_PATH}/`, 303)
  })
}

const bearerOf = ({ headers }: FastifyRequest) => /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
const cookieOf = ({ headers }: FastifyRequest) =>
  new RegExp(`(?:^|; *)${COOKIE}=([\\w.-]+)`).exec(headers.cookie ?? '')?.[1]

const signInPage = (wasRefused: boolean) => `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Queues: sign in</title>
<style>:root { color-scheme: light dark; font: 16px/1.5 system-ui } body { max-width: 26rem; margin: 4rem auto; padding: 0 1rem }
input { width: 100%; box-sizing: border-box } input, button { font: inherit; padding: .5rem; margin: .5rem 0 }</style>
</head>
<body>
<h1>Queues</h1>
<form method="post" action="${BOARD_PATH}${SIGN_IN_PATH}">
${wasRefused ? '<p role="alert">This token does not open the queues. It takes one of role service that has not run out.</p>' : ''}
<label>Service token <input type="password" name="token" autocomplete="off" required autofocus></label>
<button>Sign in</button>
</form>
</body>
</html>
`
