import { expect, test } from 'vitest'
import type { RecordedEvent } from '../../protocol/events.js'
import { hostEnvironment } from './environment.js'
import { HistoryReader } from './history-reader.js'

const pageOf = (...seqs: number[]) => ({ events: seqs.map((seq) => ({ seq }) as RecordedEvent) })

/** A reader whose waits are over at once, and the pages that it asks for one after another. */
function reading(pages: (ReturnType<typeof pageOf> | null)[], whileItWaits: () => void = () => {}) {
  const asked: number[] = []
  const waits: number[] = []
  const seen: number[][] = []
  const told = { asked: 0 }
  const env = {
    ...hostEnvironment,
    random: () => 1,
    after: (delayMs: number, run: () => void) => {
      waits.push(delayMs)
      whileItWaits()
      queueMicrotask(run)
      return () => {}
    },
  }
  const reader = new HistoryReader(
    {
      read: async (afterSeq) => {
        asked.push(afterSeq)
        const page = pages.shift()
        if (page === undefined) return new Promise<never>(() => {})
        if (page === null) throw new Error('away')
        return page
      },
      onEvents: (events) => {
        seen.push(events.map(({ seq }) => seq))
        told.asked = asked.length
      },
    },
    env,
  )
  return { reader, asked, waits, seen, told }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('it reads up to the end that it was given, each event once, and the next page is asked for before one is taken', async () => {
  const { reader, asked, seen, told } = reading([pageOf(1, 2, 3), pageOf(4, 5, 6, 7)])
  reader.start(6)
  reader.start(99)
  await settled()
  expect(seen).toEqual([
    [1, 2, 3],
    [4, 5, 6],
  ])
  expect(asked).toEqual([0, 3])
  expect(told.asked).toBe(2)
})

test('what fails, or has a hole, is read again, ever later', async () => {
  const { reader, asked, waits, seen } = reading([null, pageOf(), pageOf(2), pageOf(1, 3), pageOf(2, 3)])
  reader.start(3)
  await settled()
  expect(seen).toEqual([[1], [2, 3]])
  expect(asked).toEqual([0, 0, 0, 0, 1])
  expect(waits).toEqual([250, 500, 1000, 0, 0])
})

test('it ends where the history ends now, and when it is stopped', async () => {
  const cut = reading([pageOf(1, 2), pageOf(3, 4)])
  cut.reader.start(100)
  cut.reader.endAt(3)
  await settled()
  expect(cut.seen).toEqual([[1, 2], [3]])
  const cutMeanwhile = reading([pageOf(1, 2, 3)], () => cutMeanwhile.reader.endAt(2))
  cutMeanwhile.reader.start(100)
  await settled()
  expect(cutMeanwhile.seen).toEqual([[1, 2]])
  const nothingLeft = reading([pageOf(1, 2)], () => nothingLeft.reader.endAt(0))
  nothingLeft.reader.start(100)
  await settled()
  expect(nothingLeft.seen).toEqual([])
  const stopped = reading([pageOf(1, 2)])
  stopped.reader.start(100)
  stopped.reader.stop()
  await settled()
  expect(stopped.seen).toEqual([])
  const none = reading([])
  none.reader.start(0)
  await settled()
  expect(none.asked).toEqual([])
})
