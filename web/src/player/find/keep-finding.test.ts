import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { RecordedEvent } from '../../../../protocol/events.js'
import { type Findable, keepFinding } from './keep-finding.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const turn = (seq: number) =>
  ({
    seq,
    type: 'ai_interaction',
    timestamp: seq,
    data: { role: 'user', content: `turn ${seq}` },
  }) as RecordedEvent

/** A session of which each look takes `lookMs`. */
function sessionOf(lookMs: number) {
  const source = (count: number) => ({
    revision: count,
    async *events() {
      const all = Array.from({ length: this.revision }, (_, i) => turn(i + 1))
      await new Promise((resolve) => setTimeout(resolve, lookMs))
      yield all
    },
  })
  const listeners = new Set<() => void>()
  const session = {
    source: source(1),
    subscribe: (listener: () => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    /** More events come, each second one. */
    async goOn(seconds: number) {
      for (let i = 0; i < seconds; i++) {
        session.source.revision += 1
        for (const listener of listeners) listener()
        await vi.advanceTimersByTimeAsync(1000)
      }
    },
    use(count: number) {
      session.source = source(count)
      for (const listener of listeners) listener()
    },
  }
  const told = { begun: 0, hits: [] as number[], failures: [] as string[] }
  const stop = keepFinding(
    session as Findable,
    { text: 'turn', kinds: [] },
    {
      begun: () => {
        told.begun += 1
      },
      found: ({ hits, isDone }) => isDone && told.hits.push(hits.length),
      failed: (message) => told.failures.push(message),
    },
  )
  return { session, told, stop }
}

test('a look that takes longer than events come ends all the same, and the next begins after it', async () => {
  const { session, told, stop } = sessionOf(10_000)
  await session.goOn(60)
  // 10 s each, with 3 s between them.
  expect(told.begun).toBe(5)
  expect(told.hits).toHaveLength(4)
  expect(told.hits).toEqual([...told.hits].sort((a, b) => a - b))
  stop()
  await session.goOn(60)
  expect([told.begun, told.hits.length]).toEqual([5, 4])
})

test('what does not grow is looked through once', async () => {
  const { session, told, stop } = sessionOf(10)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(told).toMatchObject({ begun: 1, hits: [1] })
  await session.goOn(1)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(told).toMatchObject({ begun: 2, hits: [1, 2] })
  stop()
})

test('another recording is looked through at once, and what was begun is called off', async () => {
  const { session, told, stop } = sessionOf(10_000)
  await vi.advanceTimersByTimeAsync(5000)
  session.use(7)
  await vi.advanceTimersByTimeAsync(11_000)
  expect(told).toMatchObject({ begun: 2, hits: [7] })
  stop()
})

test('what fails is told, and looked for again once more came', async () => {
  const { session, told, stop } = sessionOf(10)
  const { events } = session.source
  session.source.events = () => {
    throw new Error('The archive is away.')
  }
  await vi.advanceTimersByTimeAsync(60_000)
  expect(told).toMatchObject({ begun: 1, failures: ['The archive is away.'] })
  session.source.events = events
  await session.goOn(5)
  expect(told.hits).toHaveLength(1)
  stop()
})
