import { expect, test } from 'vitest'
import type { RecordedEvent } from '../../../../protocol/events.js'
import { breakAt, markNear, timelineModel } from './timeline-model.js'

const event = (type: string, timestamp: number, data: unknown = {}): RecordedEvent =>
  ({ type, timestamp, data }) as RecordedEvent

test('activity by stretch', () => {
  const events = [event('code_edit', 0), ...Array.from({ length: 4 }, () => event('code_edit', 99))]
  const { edits, terminal } = timelineModel(events, 0, 100, 4)
  expect([...edits]).toEqual([1, 0, 0, 1])
  expect([...terminal]).toEqual([0, 0, 0, 0])
})

test('one burst does not flatten the rest', () => {
  const events = Array.from({ length: 100 }, (_, i) => event('terminal_stream', i))
  const burst = Array.from({ length: 5000 }, () => event('terminal_stream', 99))
  expect(timelineModel([...events, ...burst], 0, 100, 100).terminal[0]).toBe(1)
})

test('results make one mark for each run', () => {
  const { marks } = timelineModel(
    [
      event('test_run_start', 0),
      event('test_result', 1, { passed: true }),
      event('test_result', 2, { passed: false }),
      event('test_run_start', 50),
      event('test_result', 51, { passed: true }),
    ],
    0,
    100,
    4,
  )
  expect(marks).toMatchObject([
    { atMs: 1, kind: 'mixed', label: 'Tests: 1 passed, 1 failed' },
    { atMs: 51, kind: 'pass' },
  ])
})

test('questions, long pastes, signals and losses are marked, small ones are not', () => {
  const events = [
    event('ai_interaction', 1, { role: 'user' }),
    event('ai_interaction', 2, { role: 'assistant' }),
    event('paste', 3, { lengthChars: 79 }),
    event('paste', 4, { lengthChars: 80 }),
    event('tab_hidden', 5),
    event('gap', 6),
    event('constructor', 7),
  ]
  expect(timelineModel(events, 0, 10, 2).marks.map(({ kind }) => kind)).toEqual([
    'ai',
    'signal',
    'signal',
    'loss',
  ])
})

test('the nearest mark in reach', () => {
  const { marks } = timelineModel([event('tab_hidden', 10), event('gap', 20)], 0, 30, 1)
  expect(markNear(marks, 16, 10)?.kind).toBe('loss')
  expect(markNear(marks, 26, 5)).toBeNull()
})

test('agreed breaks are stretches, each of its tab; one that is not over goes on to the end', () => {
  const pause = (atMs: number, source: number, reason: string | null) => ({
    ...event('custom:recording_paused', atMs, { reason }),
    source,
  })
  const resume = (atMs: number, source: number) => ({ ...event('custom:recording_resumed', atMs), source })
  const events = [pause(10, 1, 'Coffee'), pause(20, 2, null), resume(40, 1), resume(50, 3)]
  const { breaks } = timelineModel(events, 0, 100, 1)
  expect(breaks).toEqual([
    { fromMs: 10, toMs: 40, label: 'Recording paused: Coffee' },
    { fromMs: 20, toMs: 100, label: 'Recording paused' },
  ])
  expect(breakAt(breaks, 30)?.label).toBe('Recording paused: Coffee')
  expect(breakAt(breaks, 5)).toBeNull()
})
