import { expect, test, vi } from 'vitest'
import { ExplainedError } from '../../protocol/errors.js'
import { isWithinRate, isWithinTerm } from './socket-guards.js'

test('once the token has ended nothing is taken, its sender is told, and the socket ends', () => {
  const disconnect = vi.fn()
  const term = { isOver: false }
  const take = (...packet: [string, ...unknown[]]) => isWithinTerm({ disconnect }, term as never, packet)
  const ack = vi.fn()
  expect(take('batch', { firstSeq: 1 }, ack)).toBe(true)
  expect([ack.mock.calls.length, disconnect.mock.calls.length]).toEqual([0, 0])
  term.isOver = true
  expect(take('batch', { firstSeq: 2 }, ack)).toBe(false)
  expect(ack).toHaveBeenCalledWith({ ok: false, code: 'TOKEN_EXPIRED', message: expect.any(String) })
  expect(disconnect).toHaveBeenCalledWith(true)
  // Its answer is a time or none, and a packet without an ack has nobody to tell.
  const clock = vi.fn()
  expect([take('clock', clock), take('watch', {})]).toEqual([false, false])
  expect(clock).not.toHaveBeenCalled()
})

test('who asks too often is told when to come again; batches have their own bound', () => {
  const count = vi.fn(() => {
    throw new ExplainedError('RATE_LIMITED', 'Too many.', { retryAfterMs: 1234 })
  })
  const claims = { role: 'proctor', sub: 'p', sid: '*', exp: 1 } as const
  const take = (...packet: [string, ...unknown[]]) => isWithinRate({ count } as never, claims, packet)
  const ack = vi.fn()
  expect(take('watch', {}, ack)).toBe(false)
  expect(ack).toHaveBeenCalledWith(
    expect.objectContaining({ ok: false, code: 'RATE_LIMITED', retryAfterMs: 1234 }),
  )
  expect(take('batch', {}, ack)).toBe(true)
  expect(count).toHaveBeenCalledTimes(1)
})
