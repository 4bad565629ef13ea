import { ExplainedError, RecorderError } from '../../protocol/errors.js'
import { type Backoff, backoffMs } from './backoff.js'
import { checkUrl } from './check-url.js'
import type { Environment } from './environment.js'
import { remoteError } from './remote-error.js'
import type { TokenHolder } from './token.js'

export interface CallerOptions {
  url: string
  /** Default: the global one. */
  fetch?: typeof globalThis.fetch
  /** How often a request is sent again when the service can't be reached or asks to try later. Default: 4. */
  retries?: number
}

/** A body that is JSON already. */
export class RawJson {
  constructor(readonly json: string) {}
}

export interface RequestParts {
  query?: Record<string, string | number | boolean | undefined>
  body?: unknown
  headers?: Record<string, string>
  /** Default: application/json. */
  accept?: string
  /** How long one attempt waits for its whole answer, of a stream for the first of it. Default: 30,000. */
  timeoutMs?: number
}

/** A close waits 10 s for the last flush, a write with wait=committed 15 s for its own. */
const REQUEST_TIMEOUT_MS = 30_000
const DEFAULT_RETRIES = 4
const BACKOFF: Backoff = { firstMs: 300, mostMs: 4_000 }
const RETRIED: ReadonlySet<string> = new Set(['TRY_LATER', 'UNREACHABLE', 'RATE_LIMITED'])

/** Requests to the service, sent again where that is safe and of use. Each rejects with a RecorderError. */
export class Caller {
  /** @throws RecorderError VALIDATION where the url is none */
  constructor(
    readonly options: CallerOptions,
    readonly token: TokenHolder,
    readonly env: Environment,
  ) {
    checkUrl(options.url)
  }

  /** The JSON of the answer. */
  async request<T>(method: string, path: string, parts: RequestParts = {}): Promise<T> {
    return parseJson(await this.text(method, path, parts)) as T
  }

  /** The answer as text. */
  text(method: string, path: string, parts: RequestParts = {}): Promise<string> {
    return this.#repeatedly(() => this.#send(method, path, parts, (response) => response.text()))
  }

  /** The answer's body as it comes in; only up to its first byte a request is sent again. */
  stream(method: string, path: string, parts: RequestParts = {}): Promise<ReadableStream<Uint8Array>> {
    return this.#repeatedly(() =>
      this.#send(method, path, parts, async ({ body }) => body ?? new Blob([]).stream()),
    )
  }

  async #repeatedly<T>(send: () => Promise<T>): Promise<T> {
    const retries = this.options.retries ?? DEFAULT_RETRIES
    let hasRenewed = false
    for (let failures = 0; ; ) {
      try {
        return await send()
      } catch (error) {
        if (!(error instanceof RecorderError)) throw error
        if (error.code === 'TOKEN_EXPIRED' && this.token.isRenewable && !hasRenewed) {
          hasRenewed = true
          this.token.expire()
          continue
        }
        failures++
        if (!RETRIED.has(error.code) || failures > retries) throw error
        const askedMs = Number(error.details?.retryAfterMs ?? 0)
        await this.#sleep(Math.max(askedMs, backoffMs(BACKOFF, failures, this.env.random)))
      }
    }
  }

  async #send<T>(
    method: string,
    path: string,
    { query = {}, body, headers, accept = 'application/json', timeoutMs = REQUEST_TIMEOUT_MS }: RequestParts,
    read: (response: Response) => Promise<T>,
  ): Promise<T> {
    const token = await this.token.get()
    const fetch = this.options.fetch ?? this.env.fetch
    const abort = new AbortController()
    const cancel = this.env.after(timeoutMs, () => abort.abort())
    let response: Response
    let refusal: string
    try {
      response = await fetch(this.#address(path, query), {
        method,
        signal: abort.signal,
        headers: {
          authorization: `Bearer ${token}`,
          accept,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: body instanceof RawJson ? body.json : JSON.stringify(body) }),
      })
      if (response.ok) return await read(response)
      refusal = await response.text()
    } catch (cause) {
      const what = abort.signal.aborted ? 'did not answer in time' : 'could not be reached'
      throw new ExplainedError('UNREACHABLE', `The recorder service ${what}.`, undefined, { cause })
    } finally {
      cancel()
    }
    throw errorOf(response, parseJson(refusal))
  }

  #address(path: string, query: NonNullable<RequestParts['query']>): string {
    const url = new URL(this.options.url, globalThis.location?.href)
    url.pathname = url.pathname.replace(/\/+$/, '') + path
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value))
    }
    return url.href
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.env.after(ms, resolve))
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function errorOf(response: Response, answer: unknown): RecorderError {
  const retryAfterSec = Number(response.headers.get('retry-after') ?? Number.NaN)
  const retryAfter = Number.isFinite(retryAfterSec) ? { retryAfterMs: retryAfterSec * 1000 } : {}
  const { error } = (answer ?? {}) as { error?: { code: string; message: string; details?: object } }
  if (typeof error?.code === 'string') return remoteError(error, { ...error.details, ...retryAfter })
  // Not from the service: a proxy in front of it that has no service to ask, or nothing at this address.
  const what = `Something answered with status ${response.status} in the place of the recorder service.`
  return new ExplainedError('UNREACHABLE', what, { status: response.status, ...retryAfter })
}
