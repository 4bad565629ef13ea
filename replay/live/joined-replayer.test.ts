import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RecordedEvent } from '../../protocol/events.js'
import { createReplayEngine } from '../engine.js'
import { overviewOf } from '../overview.js'
import { anyRecording, plain, record } from '../test-support/recordings.js'
import { byTime, isBeyond } from '../timeline.js'
import { JoinedReplayer } from './joined-replayer.js'
import { openKeyframe, type SessionKeyframe } from './session-keyframe.js'
import { SessionKeyframeMaker } from './session-keyframe-maker.js'

const upTo = (events: readonly RecordedEvent[], seq: number) => events.filter((event) => event.seq <= seq)
const latestMs = (events: readonly RecordedEvent[]) => Math.max(...events.map(({ timestamp }) => timestamp))

/** As it is stored and sent. */
const sent = (keyframe: SessionKeyframe | null): SessionKeyframe | null =>
  JSON.parse(JSON.stringify(keyframe))

const limitsOf = (graceMs: number) => ({ graceMs, maxWaiting: 12, maxWaitingChars: 600 })

/** Of the events up to `throughSeq`, gone on from an earlier one where it can be. */
function keyframeOf(
  events: readonly RecordedEvent[],
  throughSeq: number,
  graceMs: number,
  earlier: SessionKeyframe | null = null,
): SessionKeyframe | null {
  const from = earlier === null ? null : openKeyframe(earlier)
  const fresh = upTo(events, throughSeq).filter(({ seq }) => seq > (from?.throughSeq ?? 0))
  const toAdd = [...(from?.events ?? []), ...fresh].sort(byTime)
  const maker = new SessionKeyframeMaker(from, latestMs(toAdd), limitsOf(graceMs))
  if (toAdd.every((event) => maker.add(event))) return sent(maker.keyframe(throughSeq))
  expect(fresh.some((event) => from !== null && !isBeyond(event, from.place))).toBe(true)
  return keyframeOf(events, throughSeq, graceMs)
}

/** What playing from zero gives. */
const stateAt = (events: readonly RecordedEvent[], atMs: number) => {
  const engine = createReplayEngine()
  engine.insert(events)
  return plain(engine.stateAt(atMs))
}

/** Some seqs of a recording, ascending, the last one included. */
const inSteps = (count: number, step: number): number[] =>
  Array.from({ length: Math.ceil(count / step) }, (_, i) => Math.min(count, (i + 1) * step))

test('[R2] joined at any seq, with sources that overlap and come late, it shows what playing from zero gives, or waits', () => {
  const seen = { shown: 0, waited: 0 }
  fc.assert(
    fc.property(
      anyRecording({ minLength: 2, maxLength: 60 }),
      fc.nat({ max: 99 }),
      fc.nat({ max: 99 }),
      fc.nat({ max: 12 }),
      fc.integer({ min: 1, max: 9 }),
      (events, firstAt, joinAt, graceMs, step) => {
        const joinSeq = 1 + (joinAt % events.length)
        const first = keyframeOf(events, 1 + (firstAt % joinSeq), graceMs)
        const keyframe = keyframeOf(events, joinSeq, graceMs, first)
        if (keyframe === null) return
        const replayer = new JoinedReplayer()
        expect(replayer.begin(keyframe)).toBe(true)
        const place = { atMs: keyframe.atMs, seq: keyframe.atSeq }
        const check = (here: readonly RecordedEvent[]) => {
          const isLate = here.some((event) => event.seq > joinSeq && !isBeyond(event, place))
          const moments = [latestMs(here), place.atMs, place.atMs + 1, place.atMs - 1, 0]
          for (const atMs of moments) {
            const state = replayer.stateAt(atMs)
            if (replayer.historyLeft > 0) expect(state === null).toBe(isLate || atMs < place.atMs)
            if (state === null) seen.waited++
            else {
              seen.shown++
              expect(plain(state)).toEqual(stateAt(here, atMs))
            }
          }
          const { startMs, eventCount } = overviewOf([...here].sort(byTime))
          if (!isLate) expect(replayer.overview).toMatchObject({ startMs, eventCount })
        }
        check(upTo(events, joinSeq))
        // Some of what follows comes before the history, the rest after it.
        const later = events.slice(joinSeq)
        for (const seq of inSteps(later.length >> 1, step)) {
          replayer.insert(later.slice(0, seq))
          check(events.slice(0, joinSeq + seq))
        }
        for (const seq of inSteps(joinSeq, step)) replayer.insertHistory(upTo(events, seq).slice(-step))
        expect(replayer.historyLeft).toBe(0)
        check(events.slice(0, joinSeq + (later.length >> 1)))
        replayer.insert(later)
        check(events)
        expect(replayer.overview).toEqual(overviewOf([...events].sort(byTime)))
      },
    ),
    { numRuns: 300 },
  )
  expect(seen.shown).toBeGreaterThan(1000)
  expect(seen.waited).toBeGreaterThan(300)
})

const spoken = record(
  Array.from({ length: 40 }, (_, i) => ({ type: 'proctor_note', data: { text: `${i}` }, atMs: 1000 + i })),
)
const repairOf = (replaced: RecordedEvent, seq: number): RecordedEvent => ({
  ...replaced,
  seq,
  source: 9,
  sourceSeq: 1,
  replaces: replaced.seq,
  original: { source: replaced.source, sourceSeq: replaced.sourceSeq },
})

test('[R5] a repair is folded in its place where the keyframe ends at what it replaces, and makes one behind it useless', () => {
  const refused = spoken.map((event) =>
    event.seq === 20 ? { ...event, type: 'quarantined', data: { type: 'proctor_note' } } : event,
  )
  const original = spoken[19] as RecordedEvent
  const repair = repairOf(original, 41)
  const asOf = (events: readonly RecordedEvent[], graceMs: number) => {
    const keyframe = keyframeOf(events, events.length, graceMs) as SessionKeyframe
    const replayer = new JoinedReplayer()
    replayer.begin(keyframe)
    return { keyframe, replayer }
  }
  const behind = asOf(refused, 5)
  expect(behind.keyframe.atSeq).toBeGreaterThan(20)
  behind.replayer.insert([repair])
  expect(behind.replayer.stateAt(2000)).toBeNull()
  const upToIt = refused.slice(0, 30)
  const at = asOf(upToIt, 9)
  expect(at.keyframe.atSeq).toBe(20)
  at.replayer.insert([{ ...repair, seq: 31 }])
  const expected = stateAt([...upToIt, { ...repair, seq: 31 }], 2000)
  expect(plain(at.replayer.stateAt(2000) as never)).toEqual(expected)
  expect(expected.losses).toEqual([])
})

test('a keyframe never ends with a repair, which has no place of its own', () => {
  const refused = { ...(spoken[9] as RecordedEvent), type: 'quarantined', data: { type: 'proctor_note' } }
  const events = [...spoken.slice(0, 9), refused, ...spoken.slice(10, 20), repairOf(refused, 21)]
  const inOrder = [...events].sort(byTime)
  const lastFolded = new Set<number>()
  for (let graceMs = 0; graceMs < 20; graceMs++) {
    const keyframe = keyframeOf(events, 21, graceMs) as SessionKeyframe
    const { eventCount = 0 } = openKeyframe(keyframe)?.fold ?? {}
    expect(inOrder[eventCount - 1]).toMatchObject({ seq: keyframe.atSeq })
    lastFolded.add(keyframe.atSeq)
  }
  // The next one took its place.
  expect(lastFolded).toContain(11)
  const maker = new SessionKeyframeMaker(null, 0, { ...limitsOf(0), maxWaiting: 0 })
  for (const event of inOrder.slice(0, 11)) maker.add(event)
  expect(maker.keyframe(21)).toBeNull()
  maker.add(inOrder[11] as RecordedEvent)
  expect(maker.keyframe(21)).toMatchObject({ atSeq: 11 })
})

test('[R3] at a new epoch the keyframe stays as long as its events do, and else all comes from zero', () => {
  const replayer = new JoinedReplayer()
  replayer.begin(keyframeOf(spoken, 30, 5) as SessionKeyframe)
  replayer.insert(spoken.slice(30))
  replayer.dropAbove(32)
  expect(plain(replayer.stateAt(2000) as never)).toEqual(stateAt(spoken.slice(0, 32), 2000))
  replayer.dropAbove(10)
  expect(replayer.stateAt(2000)).toBeNull()
  replayer.insertHistory(spoken.slice(0, 10))
  expect(plain(replayer.stateAt(2000) as never)).toEqual(stateAt(spoken.slice(0, 10), 2000))
  replayer.dropAbove(0)
  expect(replayer.stateAt(2000)).toMatchObject({ eventCount: 0 })
})

test('[R3] a page of the history that was asked for before a new epoch brings nothing from above its end', () => {
  const replayer = new JoinedReplayer()
  replayer.begin(keyframeOf(spoken, 30, 5) as SessionKeyframe)
  replayer.insertHistory(spoken.slice(0, 4))
  replayer.dropAbove(10)
  replayer.insertHistory(spoken.slice(4, 25))
  expect(replayer.historyLeft).toBe(0)
  expect(plain(replayer.stateAt(2000) as never)).toEqual(stateAt(spoken.slice(0, 10), 2000))
})

test('the history may come with the other events, as to who took the keyframe for unused', async () => {
  const replayer = new JoinedReplayer()
  replayer.begin(keyframeOf(spoken, 30, 5) as SessionKeyframe)
  const ready = replayer.ready(1003)
  for (let at = 0; at < spoken.length; at += 7) {
    replayer.insert(spoken.slice(0, at + 7))
    // The keyframe goes on telling the end.
    const seq = Math.max(30, at + 7)
    expect(plain(replayer.stateAt(2000) as never)).toEqual(stateAt(spoken.slice(0, seq), 2000))
  }
  expect(replayer.historyLeft).toBe(0)
  expect(await ready).toBe(true)
  for (const atMs of [1003, 2000])
    expect(plain(replayer.stateAt(atMs) as never)).toEqual(stateAt(spoken, atMs))
})

test('who asks for a moment, a step or all events before the history is here gets them with it', async () => {
  const replayer = new JoinedReplayer()
  replayer.begin(keyframeOf(spoken, 40, 5) as SessionKeyframe)
  const ready = replayer.ready(1003)
  const step = replayer.step({ atMs: 1003, seq: 4 }, 1, 'event')
  const found: number[] = []
  const all = (async () => {
    for await (const batch of replayer.events()) found.push(...batch.map(({ seq }) => seq))
  })()
  replayer.insertHistory(spoken.slice(0, 25))
  expect(replayer.stateAt(1003)).toBeNull()
  replayer.insertHistory(spoken.slice(25))
  expect(await ready).toBe(true)
  expect(replayer.stateAt(1003)).toMatchObject({ eventCount: 4 })
  expect(await step).toEqual({ atMs: 1004, seq: 5 })
  await all
  expect(found).toEqual(spoken.map(({ seq }) => seq))
})

test('a keyframe of another version, or one that says what cannot be, is none', () => {
  const keyframe = keyframeOf(spoken, 40, 5) as SessionKeyframe
  const replayer = new JoinedReplayer()
  expect(replayer.begin({ ...keyframe, version: 2 })).toBe(false)
  expect(replayer.begin({ ...keyframe, fold: { lists: { notes: { kept: 7 } } } })).toBe(false)
  replayer.insert(spoken)
  expect(plain(replayer.stateAt(2000) as never)).toEqual(stateAt(spoken, 2000))
})
