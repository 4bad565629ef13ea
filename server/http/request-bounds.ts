import type { Socket } from 'node:net'
import { ExplainedError } from '../../protocol/errors.js'
import { LIMITS } from '../../protocol/limits.js'
import { errorBody } from '../errors.js'
import type { App } from './context.js'

/** A batch of the largest size and what JSON puts around it. */
export const BODY_LIMIT_BYTES = LIMITS.maxBatchBytes + 64 * 1024
/** All headers of a request together, its address too. */
const MAX_HEADER_BYTES = 16 * 1024

/** What Node and Fastify refuse by themselves: bodies and headers that are too large or too slow. */
export function requestBounds(timeoutMs: number) {
  return {
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: timeoutMs,
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: timeoutMs,
      // How late a request that is too slow is noticed.
      connectionsCheckingInterval: Math.min(10_000, timeoutMs),
    },
    clientErrorHandler: refuseUnreadable,
  }
}

/** Bodies are plain JSON. What could be unpacked into more than was sent is not unpacked. */
export function acceptPlainJson(app: App): void {
  app.removeContentTypeParser('text/plain')
  app.addHook('preParsing', async (request) => {
    const encoding = request.headers['content-encoding']
    if (encoding !== undefined && encoding !== 'identity') {
      throw new ExplainedError('MEDIA_TYPE_UNSUPPORTED', 'The body is compressed.')
    }
  })
}

/** No route was found yet, and there may be no request at all: the answer is written by hand. */
function refuseUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (socket.writable && error.code !== 'ECONNRESET') {
    const what =
      error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? 'The request did not come whole in time.'
        : error.code === 'HPE_HEADER_OVERFLOW'
          ? `The request's headers have more than ${MAX_HEADER_BYTES} bytes.`
          : 'The request could not be read.'
    const body = JSON.stringify(errorBody(new ExplainedError('VALIDATION', what)))
    const head = [
      'HTTP/1.1 400 Bad Request',
      'content-type: application/json; charset=utf-8',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
  }
  socket.destroySoon()
}
