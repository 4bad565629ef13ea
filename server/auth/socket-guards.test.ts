import { expect, test, vi } from 'vitest'
import { ExplainedError } from '../../protocol/errors.js'
import { holdToRate, holdToTerm } from './socket-guards.js'

type Middleware = (packet: unknown[], next: () => void) => void

/** What of a socket the guards touch. */
function aSocket() {
  const middlewares: Middleware[] = []
  const socket = {
    use: (middleware: Middleware) => middlewares.push(middleware),
    on: vi.fn(),
    disconnect: vi.fn(),
  }
  /** @returns whether the packet came through to its handler */
  const receive = (...packet: unknown[]) => {
    const next = vi.fn()
    for (const middleware of middlewares) middleware(packet, next)
    return next.mock.calls.length > 0
  }
  return { socket: socket as never, disconnect: socket.disconnect, receive }
}

test('once the token has ended nothing is taken, its sender is told, and the socket ends', () => {
  const { socket, disconnect, receive } = aSocket()
  const term = { isOver: false, stop: vi.fn() }
  holdToTerm(socket, term as never)
  const ack = vi.fn()
  expect(receive('batch', { firstSeq: 1 }, ack)).toBe(true)
  expect([ack.mock.calls.length, disconnect.mock.calls.length]).toEqual([0, 0])
  term.isOver = true
  expect(receive('batch', { firstSeq: 2 }, ack)).toBe(false)
  expect(ack).toHaveBeenCalledWith({ ok: false, code: 'TOKEN_EXPIRED', message: expect.any(String) })
  expect(disconnect).toHaveBeenCalledWith(true)
  // Its answer is a time or none, and a packet without an ack has nobody to tell.
  const clock = vi.fn()
  expect([receive('clock', clock), receive('watch', {})]).toEqual([false, false])
  expect(clock).not.toHaveBeenCalled()
})

test('who asks too often is told when to come again; batches have their own bound', () => {
  const { socket, receive } = aSocket()
  const count = vi.fn(() => {
    throw new ExplainedError('RATE_LIMITED', 'Too many.', { retryAfterMs: 1234 })
  })
  holdToRate(socket, { count } as never, { role: 'proctor', sub: 'p', sid: '*', exp: 1 })
  const ack = vi.fn()
  expect(receive('watch', {}, ack)).toBe(false)
  expect(ack).toHaveBeenCalledWith(
    expect.objectContaining({ ok: false, code: 'RATE_LIMITED', retryAfterMs: 1234 }),
  )
  expect(receive('batch', {}, ack)).toBe(true)
  expect(count).toHaveBeenCalledTimes(1)
})
