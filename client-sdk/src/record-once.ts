import { ExplainedError } from '../../protocol/errors.js'
import type { PostedEventsView } from '../../protocol/http/index.js'
import { type Backoff, backoffMs, jittered } from './backoff.js'
import { RawJson } from './caller.js'
import type { Environment } from './environment.js'
import type { SizedJson } from './event-pieces.js'
import { isForGood } from './http-refusals.js'
import { asRecorderError, remoteError } from './remote-error.js'
import type { Recorded } from './writer-calls.js'

export interface OnceOptions {
  idempotencyKey: string
  /** Epoch ms. */
  timestampMs: number
  isCommitAwaited: boolean
  /** Until when the caller waits, epoch ms. */
  untilMs: number
}

export type PostOnce = (
  body: RawJson,
  wait: 'committed' | undefined,
  headers: Record<string, string>,
) => Promise<PostedEventsView>

const BACKOFF: Backoff = { firstMs: 200, mostMs: 5_000 }

/**
 * Records the pieces of one event under an Idempotency-Key, which makes a source of its own of them [R10]: whoever
 * does it again, in whatever process, changes nothing. Rejects with a RecorderError.
 */
export async function recordOnce(
  env: Environment,
  post: PostOnce,
  pieces: readonly SizedJson[],
  { idempotencyKey, timestampMs, isCommitAwaited, untilMs }: OnceOptions,
): Promise<Recorded> {
  if (!/^[\x21-\x7e]{1,100}$/.test(idempotencyKey)) {
    throw new ExplainedError('VALIDATION', 'idempotencyKey: expected 1 to 100 printable ASCII characters.')
  }
  const events = pieces.map(({ json }) => `${json.slice(0, -1)},"timestamp":${timestampMs}}`)
  const body = new RawJson(`{"events":[${events.join()}]}`)
  for (let failures = 1; ; failures++) {
    let askedMs = 0
    try {
      const wait = isCommitAwaited ? 'committed' : undefined
      const answer = await post(body, wait, { 'idempotency-key': idempotencyKey })
      const [refused] = answer.rejected ?? []
      if (refused) throw remoteError(refused)
      const committed = answer.committedSeq >= pieces.length
      if (committed || !isCommitAwaited) return { sourceSeq: 0, committed }
    } catch (thrown) {
      const error = asRecorderError(thrown)
      if (isForGood(error)) throw error
      askedMs = jittered(Number(error.details?.retryAfterMs ?? 0), env.random)
    }
    const waitMs = Math.max(askedMs, backoffMs(BACKOFF, failures, env.random))
    if (env.nowMs() + waitMs > untilMs) {
      throw new ExplainedError('TIMED_OUT', 'The event was not confirmed in time.')
    }
    await new Promise<void>((resolve) => env.after(waitMs, resolve))
  }
}
