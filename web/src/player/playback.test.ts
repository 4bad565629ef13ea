import { expect, test } from 'vitest'
import type { RecordedEvent } from '../../../protocol/events.js'
import { MemoryReplayer, type Replayer } from '../../../replay/index.js'
import { type Frames, Playback } from './playback.js'

const T = 1_700_000_000_000
const chat = (seq: number, atMs: number): RecordedEvent => ({
  seq,
  type: 'ai_interaction',
  timestamp: T + atMs,
  data: { role: 'user', content: `turn ${seq}` },
  fileId: null,
  checkpoint: true,
  source: 1,
  sourceSeq: seq,
})

function frames() {
  let waiting: ((nowMs: number) => void) | undefined
  let handle = 0
  const fake: Frames & { run(nowMs: number): void; readonly pending: boolean } = {
    request(callback) {
      waiting = callback
      return ++handle
    },
    cancel() {
      waiting = undefined
    },
    run(nowMs) {
      const callback = waiting
      waiting = undefined
      callback?.(nowMs)
    },
    get pending() {
      return waiting !== undefined
    },
  }
  return fake
}

function playbackOf(...events: RecordedEvent[]) {
  const clock = frames()
  const replayer = new MemoryReplayer()
  const playback = new Playback(replayer, clock)
  replayer.insert(events)
  clock.run(0)
  const turns = () => playback.current().state.chat.map(({ seq }) => seq)
  return { playback, replayer, clock, turns }
}

test('follows the newest event, one look a frame however many inserts', () => {
  const { playback, replayer, clock, turns } = playbackOf(chat(1, 0))
  let looks = 0
  playback.subscribe(() => looks++)
  replayer.insert([chat(2, 100)])
  replayer.insert([chat(3, 200)])
  clock.run(16)
  expect(turns()).toEqual([1, 2, 3])
  expect(looks).toBe(1)
  expect(clock.pending).toBe(false)
})

test('paused stays where it is while events come, and following catches up', () => {
  const { playback, replayer, clock, turns } = playbackOf(chat(1, 0), chat(2, 1000))
  playback.pause()
  replayer.insert([chat(3, 2000)])
  clock.run(16)
  expect(turns()).toEqual([1, 2])
  playback.follow()
  clock.run(32)
  expect(turns()).toEqual([1, 2, 3])
})

test('plays from the start when it stood at the end, in session time, and stops at the end', () => {
  const { playback, clock, turns } = playbackOf(chat(1, 0), chat(2, 1000), chat(3, 2000))
  playback.setSpeed(2)
  playback.play()
  clock.run(100)
  expect(turns()).toEqual([1])
  clock.run(600)
  expect(playback.current().atMs).toBe(T + 1000)
  expect(turns()).toEqual([1, 2])
  clock.run(5000)
  expect(playback.current()).toMatchObject({ mode: 'paused', atMs: T + 2000 })
  expect(clock.pending).toBe(false)
})

test('a live session: pausing stops it, playing catches up and goes on following', () => {
  const { playback, replayer, clock, turns } = playbackOf(chat(1, 0), chat(2, 1000))
  playback.setLive(true)
  playback.toggle()
  clock.run(16)
  expect(playback.current()).toMatchObject({ mode: 'paused', atMs: T + 1000 })
  replayer.insert([chat(3, 1500)])
  playback.seek(T + 500)
  playback.toggle()
  clock.run(100)
  expect(turns()).toEqual([1])
  clock.run(2000)
  expect(playback.current().mode).toBe('following')
  expect(turns()).toEqual([1, 2, 3])
})

test('seeking stays within the recording', () => {
  const { playback, clock, turns } = playbackOf(chat(1, 0), chat(2, 1000))
  playback.seek(T - 5000)
  clock.run(16)
  expect([playback.current().atMs, turns()]).toEqual([T, [1]])
  playback.seek(T + 99_000)
  clock.run(32)
  expect([playback.current().atMs, turns()]).toEqual([T + 1000, [1, 2]])
})

test('nothing to play: stays following, so that the first events show', () => {
  const { playback, replayer, clock, turns } = playbackOf()
  playback.seek(T)
  playback.pause()
  playback.play()
  void playback.step(1, 'checkpoint')
  replayer.insert([chat(1, 0), chat(2, 1000)])
  clock.run(16)
  expect([playback.current().mode, turns()]).toEqual(['following', [1, 2]])
})

test('steps from moment to moment of a kind, and to the ends beyond the last', async () => {
  const { playback, clock } = playbackOf(chat(1, 0), { ...chat(2, 1000), checkpoint: false }, chat(3, 2000))
  const visit = async (direction: 1 | -1, kind: 'event' | 'edit' | 'checkpoint') => {
    await playback.step(direction, kind)
    clock.run(16)
    return playback.current().atMs - T
  }
  expect([await visit(-1, 'event'), await visit(-1, 'event'), await visit(-1, 'event')]).toEqual([1000, 0, 0])
  expect(await visit(1, 'checkpoint')).toBe(2000)
  expect(await visit(-1, 'edit')).toBe(0)
  expect(playback.current().mode).toBe('paused')
})

test('a link names where the viewer stopped or went, not where playing has come to', () => {
  const { playback, clock } = playbackOf(chat(1, 0), chat(2, 5000))
  expect(playback.current().anchorMs).toBeNull()
  playback.seek(T + 1000)
  playback.play()
  clock.run(100)
  clock.run(600)
  expect(playback.current()).toMatchObject({ atMs: T + 1500, anchorMs: T + 1000 })
  playback.pause()
  clock.run(700)
  expect(playback.current().anchorMs).toBe(playback.current().atMs)
  playback.follow()
  clock.run(800)
  expect(playback.current().anchorMs).toBeNull()
})

/** A replayer whose loading the test ends. */
function loadingReplayer(events: RecordedEvent[]) {
  const whole = new MemoryReplayer()
  whole.insert(events)
  const loads: { atMs: number; settle: (error?: Error) => void }[] = []
  let loaded = false
  const replayer: Replayer = {
    overview: whole.overview,
    revision: 1,
    subscribe: () => () => {},
    stateAt: (atMs) => (loaded ? whole.stateAt(atMs) : null),
    ready: (atMs) =>
      new Promise((resolve, reject) => {
        const settle = (error?: Error) => {
          loaded = error === undefined
          if (error === undefined) resolve(true)
          else reject(error)
        }
        loads.push({ atMs: atMs - T, settle })
      }),
    step: async () => null,
    events: () => whole.events(),
    close: () => {},
  }
  return { replayer, loads }
}

test('the playhead moves at once; the panes keep what they show until its state is loaded', async () => {
  const { replayer, loads } = loadingReplayer([chat(1, 0), chat(2, 9000)])
  const { playback, clock, turns } = playbackOf(chat(7, 0))
  playback.use(replayer)
  playback.setSkipsIdle(false)
  playback.seek(T + 4000)
  clock.run(16)
  expect(playback.current()).toMatchObject({ atMs: T + 4000, isLoading: true, loadFailure: null })
  expect(turns()).toEqual([7])
  // Time does not pass, and nothing is asked for twice, while it loads.
  playback.play()
  clock.run(32)
  clock.run(9999)
  expect(playback.current().atMs).toBe(T + 4000)
  expect(loads.map(({ atMs }) => atMs)).toEqual([4000])
  loads[0]?.settle()
  await Promise.resolve()
  clock.run(20_000)
  expect(playback.current()).toMatchObject({ atMs: T + 4000, isLoading: false })
  expect(turns()).toEqual([1])
  clock.run(20_016)
  clock.run(20_516)
  expect(playback.current().atMs).toBe(T + 4500)
})

test('what fails to load is said, stands still, and can be tried again', async () => {
  const { replayer, loads } = loadingReplayer([chat(1, 0), chat(2, 9000)])
  const { playback, clock, turns } = playbackOf()
  playback.use(replayer)
  playback.seek(T)
  playback.play()
  clock.run(16)
  loads[0]?.settle(new Error('The archive is away.'))
  await Promise.resolve()
  await Promise.resolve()
  clock.run(32)
  expect(playback.current()).toMatchObject({
    mode: 'paused',
    isLoading: false,
    loadFailure: 'The archive is away.',
  })
  playback.retry()
  clock.run(48)
  loads[1]?.settle()
  await Promise.resolve()
  clock.run(64)
  expect(playback.current().loadFailure).toBeNull()
  expect(turns()).toEqual([1])
})

/** A recording of two moments whose steps the test ends. */
function steppingPlayback() {
  const whole = new MemoryReplayer()
  whole.insert([chat(1, 0), chat(2, 9000)])
  const steps: { found: (atMs: number) => void; failed: (error: Error) => void }[] = []
  const replayer: Replayer = {
    overview: whole.overview,
    revision: 1,
    subscribe: () => () => {},
    stateAt: (atMs) => whole.stateAt(atMs),
    ready: async () => true,
    step: () =>
      new Promise((resolve, reject) => {
        steps.push({ found: (atMs) => resolve({ atMs: T + atMs, seq: 2 }), failed: reject })
      }),
    events: () => whole.events(),
    close: () => {},
  }
  const clock = frames()
  const playback = new Playback(replayer, clock)
  playback.seek(T)
  clock.run(0)
  /** What is shown in the frame after all that was promised. */
  const shown = async () => {
    await new Promise((resolve) => setTimeout(resolve))
    clock.run(16)
    return playback.current()
  }
  return { playback, replayer, steps, shown }
}

test('a step that takes its time is loading, and one that fails says so, stays, and can be tried again', async () => {
  const { playback, steps, shown } = steppingPlayback()
  const stepped = playback.step(1, 'checkpoint')
  expect(await shown()).toMatchObject({ atMs: T, isLoading: true, stepFailure: null })
  steps[0]?.failed(new Error('The archive is away.'))
  await stepped
  expect(await shown()).toMatchObject({
    mode: 'paused',
    atMs: T,
    isLoading: false,
    loadFailure: null,
    stepFailure: 'The archive is away.',
  })
  playback.retry()
  expect(await shown()).toMatchObject({ isLoading: true, stepFailure: null })
  steps[1]?.found(9000)
  expect(await shown()).toMatchObject({ atMs: T + 9000, isLoading: false, stepFailure: null })
})

test('whoever goes elsewhere hears no more of a step that fails or is found', async () => {
  const { playback, steps, shown } = steppingPlayback()
  const failing = playback.step(1, 'checkpoint')
  playback.seek(T + 4000)
  steps[0]?.failed(new Error('The archive is away.'))
  await failing
  expect(await shown()).toMatchObject({ atMs: T + 4000, isLoading: false, stepFailure: null })
  void playback.step(1, 'checkpoint')
  playback.follow()
  steps[1]?.found(5000)
  expect(await shown()).toMatchObject({ mode: 'following', isLoading: false })
})

test('a step that failed is done in the recording that is opened then', async () => {
  const { playback, replayer, steps, shown } = steppingPlayback()
  const failing = playback.step(1, 'checkpoint')
  steps[0]?.failed(new Error('The archive was written anew.'))
  await failing
  playback.use({ ...replayer, step: async () => ({ atMs: T + 9000, seq: 2 }) })
  expect(await shown()).toMatchObject({ atMs: T + 9000, stepFailure: null })
})

test('what a new epoch took back is gone from the view', () => {
  const { replayer, clock, turns } = playbackOf(chat(1, 0), chat(2, 1000))
  replayer.dropAbove(1)
  clock.run(16)
  expect(turns()).toEqual([1])
})
