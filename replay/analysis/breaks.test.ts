import { expect, test } from 'vitest'
import { type Draft, record } from '../test-support/recordings.js'
import { createAnalysis } from './index.js'

const at = (seconds: number, type: string, source = 1): Draft => ({
  type,
  data: {},
  source,
  atMs: seconds * 1000,
})
const paused = (seconds: number, source = 1) => at(seconds, 'custom:recording_paused', source)
const resumed = (seconds: number, source = 1) => at(seconds, 'custom:recording_resumed', source)

/** From and to of each idle gap, in seconds. */
const idleOf = (drafts: readonly Draft[]) => {
  const analysis = createAnalysis()
  analysis.add(record(drafts))
  return analysis.timeline().idleGaps.map(({ fromMs, toMs }) => [fromMs / 1000, toMs / 1000])
}

test('a break that was promised is no idle time, what lies before and behind it is', () => {
  const events = [at(0, 'cursor'), paused(100), resumed(400), at(500, 'cursor')]
  expect(idleOf(events)).toEqual([
    [0, 100],
    [400, 500],
  ])
})

test('what another tab does meanwhile cuts the break into gaps, none of which is idle', () => {
  const events = [paused(0), at(200, 'cursor', 2), resumed(400), at(600, 'cursor', 2)]
  expect(idleOf(events)).toEqual([[400, 600]])
})

test('of a break that never ended the first gap was promised, and no other', () => {
  const events = [at(0, 'cursor'), paused(10), at(300, 'editor_open', 2), at(600, 'cursor', 2)]
  expect(idleOf(events)).toEqual([[300, 600]])
})

test('a second pause is the first one going on, and an end without a beginning is none', () => {
  expect(idleOf([resumed(0), at(100, 'cursor')])).toEqual([[0, 100]])
  expect(idleOf([paused(0), paused(100), resumed(200), at(300, 'cursor')])).toEqual([[200, 300]])
})
