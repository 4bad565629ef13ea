import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RecordedEvent } from '../protocol/events.js'
import { MemoryReplayer } from './memory-replayer.js'
import { overviewOf } from './overview.js'
import { isStepTarget, type StepKind } from './replayer.js'
import { anyRecording, record } from './test-support/recordings.js'
import { byTime } from './timeline.js'

test('whatever the order of arrival, the overview is that of all events in the order of replay', () => {
  const arrivals = anyRecording({ minLength: 1, maxLength: 120 }).chain((events) =>
    fc.record({
      events: fc.constant(events),
      arriving: fc.shuffledSubarray(events, { minLength: events.length }),
    }),
  )
  fc.assert(
    fc.property(arrivals, fc.nat(), ({ events, arriving }, kept) => {
      const replayer = new MemoryReplayer()
      for (let at = 0; at < arriving.length; at += 10) {
        replayer.insert(arriving.slice(at, at + 10))
        const here = arriving.slice(0, at + 10).sort(byTime)
        expect(replayer.overview).toEqual(overviewOf(here))
      }
      replayer.dropAbove(kept % events.length)
      const left = events.filter(({ seq }) => seq <= kept % events.length).sort(byTime)
      expect(replayer.overview).toEqual(overviewOf(left))
    }),
    { numRuns: 60 },
  )
})

test('an overview that is made anew later has all but what came late, and then all', () => {
  const arrivals = anyRecording({ minLength: 2, maxLength: 120 }).chain((events) =>
    fc.record({
      arriving: fc.shuffledSubarray(events, { minLength: events.length }),
      // How many batches go by until it is due.
      patience: fc.integer({ min: 1, max: 8 }),
    }),
  )
  fc.assert(
    fc.property(arrivals, ({ arriving, patience }) => {
      const due: (() => void)[] = []
      const replayer = new MemoryReplayer((makeAnew) => void (due.length === 0 && due.push(makeAnew)))
      let heard = 0
      replayer.subscribe(() => {
        heard += 1
      })
      let shown: RecordedEvent[] = []
      for (let at = 0; at < arriving.length; at += 5) {
        const batch = arriving.slice(at, at + 5)
        replayer.insert(batch)
        const last = shown.at(-1)
        const here = arriving.slice(0, at + 5).sort(byTime)
        // What is before all that was shown moves the start, which is never late.
        if (last === undefined || batch.includes(here[0] as RecordedEvent)) shown = here
        else shown = [...shown, ...here.slice(here.indexOf(last) + 1)]
        expect(replayer.overview).toEqual(overviewOf(shown))
        if (at % (5 * patience) === 0 && due.length > 0) {
          const before = heard
          due.pop()?.()
          expect(heard).toBe(before + 1)
          shown = here
          expect(replayer.overview).toEqual(overviewOf(here))
        }
      }
      due.pop()?.()
      expect(replayer.overview).toEqual(overviewOf([...arriving].sort(byTime)))
    }),
    { numRuns: 60 },
  )
})

test('however many events come late, the overview is made anew when it is due', () => {
  const events = record(Array.from({ length: 2000 }, () => ({ type: 'cursor', data: {} })))
  const due: (() => void)[] = []
  const replayer = new MemoryReplayer((makeAnew) => void due.push(makeAnew))
  const [first, second] = [events.filter((_, i) => i % 2 === 0), events.filter((_, i) => i % 2 === 1)]
  let read = 0
  const counted = first.map(
    (event) =>
      new Proxy(event, {
        get: (target, name, receiver) => {
          if (name === 'type') read += 1
          return Reflect.get(target, name, receiver)
        },
      }),
  )
  replayer.insert(counted)
  expect(replayer.overview.eventCount).toBe(1000)
  const once = read
  for (const event of second) {
    replayer.insert([event])
    void replayer.overview
  }
  expect(read).toBe(once)
  due[0]?.()
  expect(replayer.overview.eventCount).toBe(2000)
  expect(read).toBe(2 * once)
})

test('stepping through a recording visits its events, its edits or its checkpoints, there and back', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyRecording({ minLength: 1, maxLength: 60 }),
      fc.constantFrom<StepKind>('event', 'edit', 'checkpoint'),
      async (events, kind) => {
        const replayer = new MemoryReplayer()
        replayer.insert(events)
        const targets = [...events].sort(byTime).filter((event) => isStepTarget(event, kind))
        const seqsOf = async (direction: 1 | -1, from: { atMs: number; seq: number }) => {
          const seqs: number[] = []
          for (let place: typeof from | null = from; ; ) {
            place = await replayer.step(place, direction, kind)
            if (place === null) return seqs
            seqs.push(place.seq)
          }
        }
        const inOrder = targets.map(({ seq }) => seq)
        expect(await seqsOf(1, { atMs: -1, seq: 0 })).toEqual(inOrder)
        expect(await seqsOf(-1, { atMs: 1e9, seq: 0 })).toEqual(inOrder.reverse())
      },
    ),
    { numRuns: 60 },
  )
})

test('all events come in the order of replay, also those of a session that goes on meanwhile', async () => {
  const replayer = new MemoryReplayer()
  const events = record(Array.from({ length: 5000 }, () => ({ type: 'cursor', data: {} })))
  replayer.insert(events)
  const told: number[] = []
  for await (const batch of replayer.events()) {
    for (const { seq } of batch) told.push(seq)
    replayer.insert(record(Array.from({ length: 5001 }, () => ({ type: 'cursor', data: {} }))).slice(-1))
  }
  expect(told).toEqual(events.map(({ seq }) => seq))
})

test('listeners hear of every growth until they stop', () => {
  const replayer = new MemoryReplayer()
  const heard: number[] = []
  const stop = replayer.subscribe(() => heard.push(replayer.revision))
  replayer.insert([])
  replayer.dropAbove(0)
  stop()
  replayer.insert([])
  expect(heard).toEqual([1, 2])
})
