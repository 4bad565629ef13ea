import type { RecorderError } from '../../protocol/errors.js'
import { createSessionService } from '../src/service.js'
import type { SessionService, SessionServiceOptions } from '../src/service-types.js'
import { SimulatedHttp } from './simulated-http.js'
import { seededRandom, VirtualTime, virtualEnvironment } from './virtual-time.js'

export const HOUR_MS = 3_600_000

/** A session service whose requests go to a simulated one, in virtual time. */
export interface SimulatedService {
  service: SessionService
  http: SimulatedHttp
  time: VirtualTime
  /** What a promise has come to, once it has. */
  settled<T>(promise: Promise<T>, mostMs?: number): Promise<T | RecorderError>
  /** Those of the {@link numbered} events that a session has, in their order. */
  numbersOf(sessionId: string): number[]
}

export function simulatedService(options: Partial<SessionServiceOptions> = {}, seed = 1): SimulatedService {
  const time = new VirtualTime()
  const random = seededRandom(seed)
  const http = new SimulatedHttp(time, random)
  const noSocket = () => {
    throw new Error('no sockets here')
  }
  const env = virtualEnvironment(time, random, { openLink: noSocket, fetch: http.fetch })
  return {
    service: createSessionService({ url: 'http://recorder', token: 'a-token', ...options }, env),
    http,
    time,
    settled: (promise, mostMs) => settledIn(time, promise, mostMs),
    numbersOf: (sessionId) =>
      http.eventsOf(sessionId).flatMap(({ data }) => (typeof data.n === 'number' ? [data.n] : [])),
  }
}

async function settledIn<T>(
  time: VirtualTime,
  promise: Promise<T>,
  mostMs = HOUR_MS,
): Promise<T | RecorderError> {
  let outcome: { value: T | RecorderError } | null = null
  promise.then(
    (value) => {
      outcome = { value }
    },
    (error) => {
      outcome = { value: error }
    },
  )
  await time.runUntil(() => outcome !== null, mostMs)
  if (outcome === null) throw new Error(`nothing came of it within ${mostMs} ms`)
  return (outcome as { value: T | RecorderError }).value
}

export const numbered = (n: number) => ({ type: 'custom:n' as const, data: { n } })
export const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1)
