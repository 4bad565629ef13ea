import { ExplainedError, type RecorderError } from '../../protocol/errors.js'
import type { RateLimiter } from '../limits/rate-limiter.js'
import type { Claims } from './tokens.js'
import type { TokenVerifier } from './verifier.js'

/** How many a minute; 0 for any number. */
export interface CallLimits {
  /** Requests and verbs of one candidate or proctor. */
  perMinute: number
  /** Of one service: a platform's backend speaks for all of its candidates. */
  servicePerMinute: number
  /** Refused tokens from one address. */
  addressPerMinute: number
  /** New connections from one address. */
  connectionsPerMinute: number
}

/** Each is a row that is kept; a person needs one. */
const DEMOS_PER_MINUTE = 30

export const LIMIT_NAMES = ['caller', 'address', 'connections', 'inFlight'] as const
export type LimitName = (typeof LIMIT_NAMES)[number]

/**
 * The one door for tokens, over HTTP and on sockets. An address is counted for the tokens that it is refused, not for
 * what good ones do: a whole university, or a platform's backend, may stand behind one address.
 */
export class Gate {
  constructor(
    private readonly verifier: TokenVerifier,
    private readonly limiter: RateLimiter,
    private readonly limits: CallLimits,
    private readonly onLimited: (limit: LimitName) => void,
  ) {}

  /** Whose token it is. Throws as {@link TokenVerifier.verify} does, and RATE_LIMITED. */
  async admit(token: unknown, address: string): Promise<Claims> {
    const key = `address ${address}`
    this.refuseIf('address', this.limiter.wait(key, this.limits.addressPerMinute))
    try {
      const claims = await this.verifier.verify(token)
      this.count(claims)
      return claims
    } catch (error) {
      const { code } = error as Partial<RecorderError>
      if (code !== 'TRY_LATER' && code !== 'RATE_LIMITED')
        this.limiter.take(key, this.limits.addressPerMinute)
      throw error
    }
  }

  /** One more request of an admitted caller. Throws RATE_LIMITED. */
  count({ role, sub }: Claims): void {
    const { perMinute, servicePerMinute } = this.limits
    const waitMs = this.limiter.take(
      `caller ${role} ${sub}`,
      role === 'service' ? servicePerMinute : perMinute,
    )
    this.refuseIf('caller', waitMs)
  }

  /** One more demo interview for somebody without a token. Throws RATE_LIMITED. */
  countDemo(address: string): void {
    const { addressPerMinute } = this.limits
    const max = addressPerMinute === 0 ? 0 : Math.min(addressPerMinute, DEMOS_PER_MINUTE)
    this.refuseIf('address', this.limiter.take(`demo ${address}`, max))
  }

  /** Whether one more connection of this address may be made. */
  mayConnect(address: string): boolean {
    const waitMs = this.limiter.take(`connections ${address}`, this.limits.connectionsPerMinute)
    if (waitMs > 0) this.onLimited('connections')
    return waitMs === 0
  }

  /** The refusal of a batch while too many of the same connection are under way. */
  tooManyInFlight(retryAfterMs: number): RecorderError {
    this.onLimited('inFlight')
    return new ExplainedError('RATE_LIMITED', 'Too many batches are in flight.', { retryAfterMs })
  }

  private refuseIf(limit: LimitName, waitMs: number): void {
    if (waitMs === 0) return
    this.onLimited(limit)
    throw new ExplainedError('RATE_LIMITED', 'Too many requests within a minute.', { retryAfterMs: waitMs })
  }
}
