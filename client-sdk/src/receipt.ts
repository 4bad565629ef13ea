import type { ErrorCode } from '../../protocol/errors.js'
import type { Receipt } from '../../protocol/http/index.js'
import type { RecorderError } from '../../protocol/recorder-error.js'
import type { Environment } from './environment.js'
import { splitUrl } from './service-url.js'
import type { TokenHolder } from './token.js'

/** What a receipt is asked with. */
export interface ReceiptRequest {
  url: string
  token: TokenHolder
  sessionId: string
  env: Pick<Environment, 'fetch'>
  /** The class itself: what is loaded beside the page would make the page's own part longer by importing it from there. */
  Refusal: typeof RecorderError
}

/**
 * Asks for the receipt of a session: what is committed now. One request, and one more where the token had expired and
 * another one can be had. Throws a RecorderError with the service's code, UNREACHABLE where none came.
 */
export async function fetchReceipt(request: ReceiptRequest): Promise<Receipt> {
  const { url, token, sessionId, env, Refusal } = request
  const { origin, prefix } = splitUrl(url)
  const address = `${origin}${prefix}/v1/sessions/${encodeURIComponent(sessionId)}/receipt`
  for (let isAgain = false; ; isAgain = true) {
    const headers = { authorization: `Bearer ${await token.get()}` }
    const answer = await env.fetch(address, { headers }).catch(() => null)
    const said = await answer?.json().catch(() => null)
    if (answer?.ok && said) return said as Receipt
    const { code, message }: { code: ErrorCode; message: string } = said?.error ?? NO_ANSWER
    if (code !== 'TOKEN_EXPIRED' || isAgain || !token.isRenewable) throw new Refusal(code, message)
    token.expire()
  }
}

const NO_ANSWER = { code: 'UNREACHABLE', message: 'The service gave no receipt.' } as const
