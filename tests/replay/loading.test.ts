import { describe, expect, test } from 'vitest'
import type { RecordedEvent } from '../../protocol/events.js'
import type { LoadedSegment, RecordingSource } from '../../replay/index.js'
import { createReplayEngine, type KeyframeLimits, openRecordingReplayer } from '../../replay/index.js'
import { record } from '../../replay/test-support/recordings.js'
import { type CutSizes, sourceOf } from '../support/recording-parts.js'

const typing = (count: number): RecordedEvent[] =>
  record(
    Array.from({ length: count }, (_, i) =>
      i % 100 === 50
        ? { type: 'code_snapshot', fileId: 'b.ts', data: { fileName: 'b.ts', content: `${i}` } }
        : {
            type: 'code_edit',
            fileId: 'a.ts',
            data: { changes: [[i - Math.floor((i + 50) / 100), 0, 'x']] },
          },
    ),
  )

const LIMITS: KeyframeLimits = {
  maxEvents: 100,
  maxChars: 1e9,
  anewAfterChars: 1e9,
  screenAfterChars: 1e9,
  screenAfterTimes: 1,
  maxTotalChars: 1e9,
}
const SIZES: CutSizes = { segmentEvents: 100, runKeyframes: 2, keyframes: LIMITS }
const IN_CHAPTERS: CutSizes = { ...SIZES, keyframes: { ...LIMITS, anewAfterChars: 1500 } }
const WITHOUT: CutSizes = { ...SIZES, keyframes: null }

const stateFromZero = (events: RecordedEvent[], atMs: number) => {
  const engine = createReplayEngine()
  engine.insert(events)
  return engine.stateAt(atMs)
}

interface Held {
  n: number
  signal: AbortSignal
  release(): void
  fail(error: Error): void
}

/** A source whose segments come when the test says so. */
async function heldSource(events: readonly RecordedEvent[], sizes: CutSizes = SIZES) {
  const source = await sourceOf(events, sizes)
  const held: Held[] = []
  const holding: RecordingSource = {
    loadIndex: source.loadIndex,
    loadKeyframes: source.loadKeyframes,
    loadSegment: (n, signal) =>
      new Promise<LoadedSegment>((resolve, reject) => {
        held.push({ n, signal, release: () => resolve(source.loadSegment(n, signal)), fail: reject })
        signal.addEventListener('abort', () => reject(new Error('aborted')))
      }),
  }
  return { source: holding, held, loads: source.loads }
}

/** Lets all go on that can. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await settled()
}

describe('where a segment begins with the time at which a stretch ends', () => {
  // Ten events of each time, so the hundredth and the next are of one.
  const crowded = (): RecordedEvent[] => {
    const events = typing(400).map((event, i) => ({ ...event, timestamp: 1000 * Math.floor((i + 5) / 10) }))
    const replaced = events[98] as RecordedEvent
    const { timestamp } = replaced
    const data = { fileName: 'b.ts', content: 'repaired' }
    // In the second segment, at a place in the first.
    events[150] = {
      ...(events[150] as RecordedEvent),
      type: 'code_snapshot',
      timestamp,
      fileId: 'b.ts',
      data,
      replaces: replaced.seq,
    }
    return events
  }

  test('a jump does not wait for it', async () => {
    const events = typing(400).map((event, i) => ({ ...event, timestamp: 1000 * Math.floor((i + 5) / 10) }))
    const source = await sourceOf(events, SIZES)
    const replayer = await openRecordingReplayer(source)
    await replayer.ready(5_000)
    expect(replayer.stateAt(5_000)).toEqual(stateFromZero(events, 5_000))
    expect(source.loads).toEqual(['segment 0'])
    replayer.close()
  })

  test('who goes on before it came goes on from what is stored', async () => {
    const events = crowded()
    const replayer = await openRecordingReplayer(await sourceOf(events, SIZES))
    for (const atMs of [9_500, 10_500]) {
      await replayer.ready(atMs)
      expect(replayer.stateAt(atMs)).toEqual(stateFromZero(events, atMs))
    }
    replayer.close()
  })

  test('what of it stands before that end is there for who steps and plays on', async () => {
    const events = crowded()
    for (const sizes of [SIZES, WITHOUT]) {
      const replayer = await openRecordingReplayer(await sourceOf(events, sizes))
      for (let atMs = 0; atMs <= 41_000; atMs += 500) {
        await replayer.ready(atMs)
        expect(replayer.stateAt(atMs)).toEqual(stateFromZero(events, atMs))
        // Whoever stays is given the neighbours before he is there.
        await settled()
      }
      replayer.close()
      const stepping = await openRecordingReplayer(await sourceOf(events, sizes))
      const found = await stepping.step({ atMs: 9_999, seq: 0 }, 1, 'event')
      expect(found?.atMs).toBe(10_000)
      stepping.close()
    }
  })
})

describe('what is loaded', () => {
  test('a moment far in takes the keyframes up to it as one load, and the one segment of its window', async () => {
    const source = await sourceOf(typing(1000), SIZES)
    const replayer = await openRecordingReplayer(source)
    expect(replayer.stateAt(555_500)).toBeNull()
    await replayer.ready(555_500)
    expect(replayer.stateAt(555_500)?.eventCount).toBe(556)
    expect(source.loads.slice(0, 2)).toEqual(['keyframes 0-2', 'segment 5'])
    // All other keyframes come in the background, once a viewer moves on.
    expect(source.loads).toHaveLength(2)
    replayer.stateAt(556_500)
    await until(() => source.loads.includes('keyframes 3-4'))
    replayer.close()
  })

  test('where all is told anew now and then, a moment far in takes no keyframes from before that', async () => {
    const source = await sourceOf(typing(2000), IN_CHAPTERS)
    const starts = source.index.keyframes.flatMap(({ isAnew }, n) => (isAnew ? [n] : []))
    const start = starts.at(-1) as number
    expect(starts.length).toBeGreaterThan(1)
    const replayer = await openRecordingReplayer(source)
    await replayer.ready(1_955_500)
    expect(replayer.stateAt(1_955_500)).toEqual(stateFromZero(typing(2000), 1_955_500))
    expect(source.loads[0]).toMatch(new RegExp(`^keyframes ${start}-`))
    // And back, into a part that nothing is known of yet.
    await replayer.ready(155_500)
    expect(replayer.stateAt(155_500)).toEqual(stateFromZero(typing(2000), 155_500))
    replayer.close()
  })

  test('keyframes for a moment that nobody waits for any more are given up, and loaded when somebody does', async () => {
    const source = await sourceOf(typing(2000), IN_CHAPTERS)
    const signals: AbortSignal[] = []
    let isHeld = true
    const holding: RecordingSource = {
      ...source,
      async *loadKeyframes(first, last, signal) {
        signals.push(signal as AbortSignal)
        if (isHeld)
          await new Promise((_, reject) =>
            signal.addEventListener('abort', () => reject(new Error('aborted'))),
          )
        yield* source.loadKeyframes(first, last, signal)
      },
    }
    const replayer = await openRecordingReplayer(holding)
    const late = replayer.ready(1_955_500)
    await until(() => signals.length === 1)
    // The first stretch needs none.
    expect(await replayer.ready(500)).toBe(true)
    expect([await late, signals[0]?.aborted]).toEqual([false, true])
    isHeld = false
    expect(await replayer.ready(1_955_500)).toBe(true)
    expect(replayer.stateAt(1_955_500)).toEqual(stateFromZero(typing(2000), 1_955_500))
    replayer.close()
  })

  test('who stays has its neighbours loaded, who jumps about has not', async () => {
    const source = await sourceOf(typing(2000), { ...SIZES, segmentEvents: 50 })
    const replayer = await openRecordingReplayer(source)
    await replayer.ready(150_000)
    replayer.stateAt(150_000)
    await replayer.ready(1_850_000)
    replayer.stateAt(1_850_000)
    await settled()
    const jumped = source.loads.filter((load) => load.startsWith('segment'))
    expect(jumped.length).toBeLessThanOrEqual(6)
    replayer.stateAt(1_851_000)
    await until(() => replayer.stateAt(1_750_000) !== null && replayer.stateAt(1_950_000) !== null)
    replayer.close()
  })

  test('a newer wish makes an older one stale, and its load is given up', async () => {
    const { source, held } = await heldSource(typing(1000))
    const replayer = await openRecordingReplayer(source)
    const first = replayer.ready(150_000)
    await until(() => held.length > 0)
    const second = replayer.ready(950_000)
    expect(await first).toBe(false)
    await until(() => held.some(({ n }) => n === 9))
    expect(held.filter(({ n }) => n < 3).every(({ signal }) => signal.aborted)).toBe(true)
    for (const { signal, release } of held) if (!signal.aborted) release()
    expect(await second).toBe(true)
    expect([replayer.stateAt(950_000)?.eventCount, replayer.stateAt(150_000)]).toEqual([951, null])
    replayer.close()
  })

  test('wishes for the same stretch, as of a player that plays, wait for one load', async () => {
    const { source, held } = await heldSource(typing(1000))
    const replayer = await openRecordingReplayer(source)
    const wishes = []
    for (let atMs = 150_000; atMs < 152_000; atMs += 100) {
      wishes.push(replayer.ready(atMs))
      await settled()
    }
    expect(new Set(held.map(({ n }) => n)).size).toBe(held.length)
    expect(held.every(({ signal }) => !signal.aborted)).toBe(true)
    for (const { release } of held) release()
    expect((await Promise.all(wishes)).filter(Boolean)).toEqual([true])
    replayer.close()
  })

  test('a load that fails is told, and the next wish tries again', async () => {
    const { source, held } = await heldSource(typing(300))
    const replayer = await openRecordingReplayer(source)
    const ready = replayer.ready(150_000)
    await until(() => held.length > 0)
    for (const { fail } of held.splice(0)) fail(new Error('the host is away'))
    await expect(ready).rejects.toThrow('the host is away')
    const again = replayer.ready(150_000)
    await until(() => held.length > 0)
    for (const { release } of held) release()
    expect(await again).toBe(true)
    replayer.close()
  })

  test('without keyframes events are folded from the start, no further than is asked for', async () => {
    const source = await sourceOf(typing(9000), { ...WITHOUT, segmentEvents: 500 })
    const replayer = await openRecordingReplayer(source)
    await replayer.ready(100_000)
    expect(replayer.stateAt(100_000)?.eventCount).toBe(101)
    // The first keyframe is made at 2,000 events: two segments of 500 and what is read ahead of them.
    expect(source.loads.length).toBeLessThan(8)
    await replayer.ready(8_999_000)
    expect(replayer.stateAt(8_999_000)?.eventCount).toBe(9000)
    replayer.close()
  })

  test('what was loaded is told to whoever draws, and what did not change stays the same object', async () => {
    const replayer = await openRecordingReplayer(await sourceOf(typing(1000), SIZES))
    let calls = 0
    const stop = replayer.subscribe(() => calls++)
    await replayer.ready(199_000)
    const { revision } = replayer
    expect([calls, revision]).toEqual([1, 1])
    const before = replayer.stateAt(199_000)
    await replayer.ready(200_000)
    const after = replayer.stateAt(200_000)
    // From one window into the next.
    expect(after?.files[1]).toBe(before?.files[1])
    expect(after?.files[0]).not.toBe(before?.files[0])
    stop()
    replayer.close()
  })
})

describe.each([
  ['with keyframes', SIZES],
  ['without', WITHOUT],
])('steps, %s', (_, sizes) => {
  test('go to the next and the previous event of a kind, over windows, and end', async () => {
    const replayer = await openRecordingReplayer(await sourceOf(typing(450), sizes))
    const from = { atMs: 99_000, seq: 100 }
    expect(await replayer.step(from, 1, 'event')).toEqual({ atMs: 100_000, seq: 101 })
    expect(await replayer.step(from, -1, 'event')).toEqual({ atMs: 98_000, seq: 99 })
    expect(await replayer.step(from, 1, 'checkpoint')).toEqual({ atMs: 150_000, seq: 151 })
    expect(await replayer.step({ atMs: 349_000, seq: 350 }, -1, 'checkpoint')).toEqual({
      atMs: 250_000,
      seq: 251,
    })
    expect(await replayer.step({ atMs: 349_000, seq: 350 }, 1, 'edit')).toEqual({ atMs: 351_000, seq: 352 })
    expect(await replayer.step({ atMs: 449_000, seq: 450 }, 1, 'event')).toBeNull()
    expect(await replayer.step({ atMs: 0, seq: 1 }, -1, 'event')).toBeNull()
    expect(await replayer.step({ atMs: 380_000, seq: 381 }, 1, 'checkpoint')).toBeNull()
    replayer.close()
  })
})

test('the empty recording has a state and no steps', async () => {
  const replayer = await openRecordingReplayer(await sourceOf([], WITHOUT))
  expect(await replayer.ready(5)).toBe(true)
  expect(replayer.stateAt(5)).toMatchObject({ atMs: 5, seq: 0, files: [] })
  expect(await replayer.step({ atMs: 0, seq: 0 }, 1, 'event')).toBeNull()
})
