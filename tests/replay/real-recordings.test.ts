import { beforeAll, describe, expect, test } from 'vitest'
import type { RecordedEvent } from '../../protocol/events.js'
import {
  createReplayEngine,
  openRecordingReplayer,
  type ReplayEngine,
  type ReplayState,
} from '../../replay/index.js'
import { screenOf, stepsOf } from '../../replay/test-support/screen.js'
import { noRecordings, RECORDINGS_DIR } from '../../scripts/simulate/test-support/recordings.js'
import { asRecorded } from '../../scripts/simulate/test-support/replayed.js'
import { weaveInterview } from '../../scripts/simulate/weave/weave-interview.js'
import { sourceOf } from '../support/recording-parts.js'

const KEYFRAMES = {
  maxEvents: 2000,
  maxChars: 256 * 1024,
  anewAfterChars: 20_000,
  screenAfterChars: 4000,
  screenAfterTimes: 1,
  maxTotalChars: 100_000_000,
}
const LATE_EVENTS = 900

describe.skipIf(noRecordings)('the real recordings, segment by segment', () => {
  let events: RecordedEvent[]
  let engine: ReplayEngine
  beforeAll(() => {
    const whole = asRecorded(weaveInterview(RECORDINGS_DIR).events)
    // A second source whose events all came when the first had ended, as from an outbox, of the times of the first.
    const late = whole
      .filter((event) => event.type === 'code_edit' && event.fileId?.endsWith('.svelte'))
      .slice(0, LATE_EVENTS)
      .map((event, i) => ({ ...event, seq: whole.length + i + 1, source: 2, sourceSeq: i + 1 }))
    events = [...whole, ...late]
    engine = createReplayEngine()
    engine.insert(events)
  })

  test.each([
    ['with keyframes', KEYFRAMES],
    ['without', null],
  ])('[R1][R2] any moment is as playing from zero, %s', async (_, keyframes) => {
    const source = await sourceOf(events, { segmentEvents: 2000, runKeyframes: 8, keyframes })
    const replayer = await openRecordingReplayer(source)
    const { startMs, endMs } = replayer.overview
    // The golden ratio's steps fall everywhere, and not in order.
    const moments = Array.from({ length: 16 }, (_, i) => startMs + ((i * 0.618034) % 1) * (endMs - startMs))
    // In the woven interview the terminal comes first.
    const early = Array.from({ length: 12 }, (_, i) => startMs + 17_500 * i)
    for (const atMs of [...moments, ...early, startMs - 1, endMs]) {
      expect(await replayer.ready(atMs)).toBe(true)
      const [state, expected] = [replayer.stateAt(atMs) as ReplayState, engine.stateAt(atMs)]
      expect(withoutOutput(state)).toEqual(withoutOutput(expected))
      expect(await screenOf(stepsOf(state))).toEqual(await screenOf(stepsOf(expected)))
    }
    const bases = source.keyframeLines.filter((line) => line.fold.base)
    expect(bases.length > 0).toBe(keyframes !== null)
    replayer.close()
  })
})

function withoutOutput(state: ReplayState): unknown {
  const { output: _, base: __, ...terminal } = state.terminal
  return { ...state, terminal }
}
