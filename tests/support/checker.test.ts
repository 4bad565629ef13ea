import { expect, test } from 'vitest'
import type { RecordedEvent } from '../../protocol/events.js'
import { checkRecording, lostByPromise, NOTHING_FOUND, sameRecording } from './checker.js'
import { generateEvents, seeded } from './generate.js'

const sent = [
  { sourceId: 'tab', events: generateEvents(20, seeded(1)) },
  { sourceId: 'backend', events: generateEvents(10, seeded(2)) },
]
const numberOf = (sourceId: string) => ({ tab: 1, backend: 2 })[sourceId]

/** As a service without a fault keeps it: the two sources interleaved. */
function kept(): RecordedEvent[] {
  const ofEach = sent.map(({ events }, i) =>
    events.map((event, n) => ({ event, source: i + 1, sourceSeq: n + 1, atMs: n * 10 + i })),
  )
  return ofEach
    .flat()
    .sort((a, b) => a.atMs - b.atMs)
    .map(({ event, source, sourceSeq, atMs }, i) => ({
      ...structuredClone(event),
      seq: i + 1,
      timestamp: atMs,
      fileId: event.fileId ?? null,
      checkpoint: false,
      source,
      sourceSeq,
    })) as unknown as RecordedEvent[]
}

const renumbered = (events: RecordedEvent[]) => events.map((event, i) => ({ ...event, seq: i + 1 }))
const check = (events: RecordedEvent[]) => checkRecording(sent, events, numberOf)

test('finds nothing in what is whole', () => {
  expect(check(kept())).toEqual(NOTHING_FOUND)
  expect(sameRecording(kept(), kept())).toEqual([])
})

const at = (events: RecordedEvent[], place: number) => events[place] as RecordedEvent

test.each<[string, (events: RecordedEvent[]) => RecordedEvent[], object]>([
  ['an event that is missing', (e) => renumbered(e.toSpliced(6, 1)), { lost: ['tab 4'] }],
  ['the last ones missing', (e) => e.slice(0, -2), { lost: ['tab 19', 'tab 20'] }],
  [
    'an event that is there twice',
    (e) => renumbered(e.toSpliced(7, 0, at(e, 6))),
    { doubled: ['tab 4 2×'], reordered: ['tab 4 after 4'] },
  ],
  [
    'two events in each other’s place',
    (e) => renumbered(e.with(2, at(e, 4)).with(4, at(e, 2))),
    { reordered: ['tab 2 after 3', 'tab 2 in time'] },
  ],
  [
    'a hole in the seqs',
    (e) => e.with(29, { ...at(e, 29), seq: 31 }),
    { reordered: ['place 30 holds seq 31'] },
  ],
  ['another type', (e) => e.with(0, { ...at(e, 0), type: 'cursor' }), { altered: ['tab 1 cursor'] }],
  [
    'other data',
    (e) => e.with(3, { ...at(e, 3), data: { other: 1 } }),
    { altered: [expect.stringMatching(/^backend 2 /)] },
  ],
  [
    'another file',
    (e) => e.with(0, { ...at(e, 0), fileId: 'z' }),
    { altered: [expect.stringMatching(/^tab 1 /)] },
  ],
  [
    'another’s source',
    (e) => e.with(29, { ...at(e, 29), source: 2, sourceSeq: 11 }),
    { lost: ['tab 20'], altered: ['backend 11 was never sent'] },
  ],
  ['a time that falls', (e) => e.with(29, { ...at(e, 29), timestamp: 0 }), { reordered: ['tab 20 in time'] }],
])('finds %s, and nothing else', (_, broken, found) => {
  expect(check(broken(kept()))).toEqual({ ...NOTHING_FOUND, ...found })
  expect(sameRecording(kept(), broken(kept()))).not.toEqual([])
})

test('[I1][I2] tells by what the recorder was promised of a lost event', () => {
  const log = { ...(sent[0] as (typeof sent)[number]), committedSeq: 5, ackedSeq: 10 }
  const left = kept().filter(({ source, sourceSeq }) => source !== 1 || ![3, 8, 15].includes(sourceSeq))
  expect(lostByPromise(log, left, numberOf)).toEqual({
    committed: ['tab 3'],
    acked: ['tab 8'],
    recorded: ['tab 15'],
  })
  expect(lostByPromise(log, kept(), numberOf)).toEqual({ committed: [], acked: [], recorded: [] })
})
