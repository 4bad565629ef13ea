import { expect, test } from 'vitest'
import type { RecordedEvent } from '../../../protocol/events.js'
import { createReplayEngine } from '../../../replay/index.js'
import { type Frames, Playback, skipIdle } from './playback.js'

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
  const playback = new Playback(createReplayEngine(), clock)
  playback.insert(events)
  clock.run(0)
  const turns = () => playback.current().state.chat.map(({ seq }) => seq)
  return { playback, clock, turns }
}

test('follows the newest event, one look a frame however many inserts', () => {
  const { playback, clock, turns } = playbackOf(chat(1, 0))
  let looks = 0
  playback.subscribe(() => looks++)
  playback.insert([chat(2, 100)])
  playback.insert([chat(3, 200)])
  clock.run(16)
  expect(turns()).toEqual([1, 2, 3])
  expect(looks).toBe(1)
  expect(clock.pending).toBe(false)
})

test('paused stays where it is while events come, and following catches up', () => {
  const { playback, clock, turns } = playbackOf(chat(1, 0), chat(2, 1000))
  playback.pause()
  playback.insert([chat(3, 2000)])
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
  const { playback, clock, turns } = playbackOf(chat(1, 0), chat(2, 1000))
  playback.setLive(true)
  playback.toggle()
  clock.run(16)
  expect(playback.current()).toMatchObject({ mode: 'paused', atMs: T + 1000 })
  playback.insert([chat(3, 1500)])
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
  const { playback, clock, turns } = playbackOf()
  playback.seek(T)
  playback.pause()
  playback.play()
  playback.step(1)
  playback.insert([chat(1, 0), chat(2, 1000)])
  clock.run(16)
  expect([playback.current().mode, turns()]).toEqual(['following', [1, 2]])
})

test('steps from checkpoint to checkpoint', () => {
  const { playback, clock } = playbackOf(chat(1, 0), chat(2, 1000), chat(3, 2000))
  const visited = [-1, -1, -1, 1].map((direction) => {
    playback.step(direction as 1 | -1)
    clock.run(16)
    return playback.current().atMs - T
  })
  expect(visited).toEqual([1000, 0, 0, 1000])
})

test('what a new epoch took back is gone from the view', () => {
  const { playback, clock, turns } = playbackOf(chat(1, 0), chat(2, 1000))
  playback.dropAbove(1)
  clock.run(16)
  expect(turns()).toEqual([1])
})

test('skips the middle of a silence, not its edges', () => {
  const events = [0, 1000, 61_000].map((timestamp) => ({ timestamp }))
  expect(skipIdle(events, 2000)).toBe(2000)
  expect(skipIdle(events, 4000)).toBe(58_000)
  expect(skipIdle(events, 59_000)).toBe(59_000)
  expect(skipIdle(events, 70_000)).toBe(70_000)
  expect(skipIdle([], 5)).toBe(5)
})
