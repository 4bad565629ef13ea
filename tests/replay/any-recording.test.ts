import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RecordedEvent } from '../../protocol/events.js'
import { apply } from '../../replay/fold/apply.js'
import { EMPTY_FOLD } from '../../replay/fold/fold.js'
import { openRecordingReplayer } from '../../replay/index.js'
import type { ReplayState } from '../../replay/state.js'
import { anyRecording, plain } from '../../replay/test-support/recordings.js'
import { screenOf, stepsOf } from '../../replay/test-support/screen.js'
import { byTime } from '../../replay/timeline.js'
import { createView } from '../../replay/view.js'
import { type CutSizes, sourceOf } from '../support/recording-parts.js'

/** The meaning of a state, without keyframes, segments or any other shortcut. */
function foldedFromZero(events: readonly RecordedEvent[], atMs: number): ReplayState {
  const past = events.filter((event) => event.timestamp <= atMs).sort(byTime)
  return createView()(past.reduce(apply, EMPTY_FOLD), atMs)
}

/** All of a state but how its screen came about. */
const withoutOutput = (state: ReplayState) => {
  const { terminal, ...rest } = plain(state)
  const { output: _, base: __, ...others } = terminal
  return { ...rest, terminal: others }
}

async function expectSame(state: ReplayState | null, expected: ReplayState): Promise<void> {
  expect(state).not.toBeNull()
  expect(withoutOutput(state as ReplayState)).toEqual(withoutOutput(expected))
  expect(await screenOf(stepsOf(state as ReplayState))).toEqual(await screenOf(stepsOf(expected)))
}

const anySizes: fc.Arbitrary<CutSizes> = fc.record({
  segmentEvents: fc.integer({ min: 1, max: 60 }),
  runKeyframes: fc.integer({ min: 1, max: 5 }),
  keyframes: fc.option(
    fc.record({
      maxEvents: fc.integer({ min: 1, max: 40 }),
      maxChars: fc.integer({ min: 50, max: 5000 }),
      anewAfterChars: fc.constantFrom(1, 300, 1e9),
      screenAfterChars: fc.integer({ min: 1, max: 60 }),
      screenAfterTimes: fc.constantFrom(0, 1, 4),
      // Sometimes they end before the recording does.
      maxTotalChars: fc.constantFrom(1000, 5000, 10_000_000),
    }),
    { freq: 4 },
  ),
})

describe('[R1][R2] state at any t equals playing from zero to t', { timeout: 120_000 }, () => {
  test('segment by segment, with late and overlapping sources, with keyframes and without', async () => {
    const recordings = fc.record({
      events: anyRecording({ minLength: 1, maxLength: 300 }),
      sizes: anySizes,
      momentsMs: fc.array(fc.integer({ min: -5, max: 500 }), { minLength: 1, maxLength: 6 }),
    })
    await fc.assert(
      fc.asyncProperty(recordings, async ({ events, sizes, momentsMs }) => {
        const replayer = await openRecordingReplayer(await sourceOf(events, sizes))
        for (const atMs of momentsMs) {
          expect(await replayer.ready(atMs)).toBe(true)
          await expectSame(replayer.stateAt(atMs), foldedFromZero(events, atMs))
        }
        // Playing on, moment by moment.
        for (let atMs = 0; atMs <= 60; atMs += 3) {
          await replayer.ready(atMs)
          await expectSame(replayer.stateAt(atMs), foldedFromZero(events, atMs))
        }
        const all: RecordedEvent[] = []
        for await (const batch of replayer.events()) all.push(...batch)
        expect(all).toEqual([...events].sort(byTime))
        replayer.close()
      }),
      { numRuns: 25, interruptAfterTimeLimit: 60_000 },
    )
  })
})
