import { expect, test } from 'vitest'
import type { RecordedEvent } from '../../../../protocol/events.js'
import { MemoryReplayer } from '../../../../replay/index.js'
import { type FindProgress, runFind } from './run-find.js'

function replayerOf(count: number): MemoryReplayer {
  const replayer = new MemoryReplayer()
  const events = Array.from(
    { length: count },
    (_, i) =>
      ({
        seq: i + 1,
        type: 'ai_interaction',
        timestamp: i,
        data: { role: 'user', content: `turn ${i}` },
        fileId: null,
        checkpoint: true,
        source: 1,
        sourceSeq: i + 1,
      }) as RecordedEvent,
  )
  replayer.insert(events)
  return replayer
}

test('ends with all hits, and says how far it looked', async () => {
  const told: FindProgress[] = []
  await runFind(replayerOf(5000), { text: 'turn 49', kinds: [] }, new AbortController().signal, (next) =>
    told.push(next),
  )
  expect(told.at(-1)).toMatchObject({ isDone: true, isFull: false, untilMs: 4999 })
  expect(told.at(-1)?.hits).toHaveLength(1 + 10 + 100)
  expect(told.filter(({ isDone }) => isDone)).toHaveLength(1)
})

test('stops where there are enough hits', async () => {
  const told: FindProgress[] = []
  await runFind(replayerOf(5000), { text: 'turn', kinds: [] }, new AbortController().signal, (next) =>
    told.push(next),
  )
  expect(told.at(-1)).toMatchObject({ isDone: true, isFull: true })
  expect(told.at(-1)?.untilMs).toBeLessThan(2000)
})

test('tells nothing more once it was called off', async () => {
  const abort = new AbortController()
  const told: FindProgress[] = []
  const running = runFind(replayerOf(5000), { text: 'turn 4999', kinds: [] }, abort.signal, (next) =>
    told.push(next),
  )
  abort.abort()
  await running
  expect(told).toEqual([])
})
