import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { DATA_SCHEMAS } from '../../../protocol/event-schemas.js'
import type { BuiltInEventType } from '../../../protocol/event-types.js'
import { latestFiles } from '../../../replay/index.js'
import { recordedInterview } from '../recorded-interview.js'
import { replayed } from '../test-support/replayed.js'

// Recorded from the demo interview in Chromium: tests/demo/sample.ts says how to make it anew.
const interview = recordedInterview(fileURLToPath(new URL('./demo-interview.ndjson.gz', import.meta.url)))
const engine = replayed(interview.events)

test('every event is one of the vocabulary, in order of time', () => {
  for (const { type, data } of interview.events) {
    if (type.startsWith('custom:')) continue
    const checked = DATA_SCHEMAS[type as BuiltInEventType].safeParse(data)
    if (!checked.success) expect.fail(`${type}: ${checked.error.message}`)
  }
  const times = interview.events.map((event) => event.offsetMs)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  expect([times[0], interview.events[0]?.type]).toEqual([0, 'session_start'])
  expect(interview.durationMs / 60_000).toBeGreaterThan(8)
})

test('its edits lead to what was submitted, and no snapshot contradicts them', () => {
  const state = engine.stateAt()
  expect(Object.fromEntries(latestFiles(state).map((file) => [file.path, file.text]))).toEqual(
    interview.expected.files,
  )
  expect(state.divergences).toEqual([])
})

test('it has tests that fail and then pass, chat, commands, pastes and a break', () => {
  const { testRuns, chat, terminal, signals } = engine.stateAt()
  expect(testRuns[0]?.failedCount).toBeGreaterThan(0)
  expect(testRuns.at(-1)?.failedCount).toBe(0)
  expect(chat).toHaveLength(4)
  expect(terminal.commands.length).toBeGreaterThan(5)
  expect(signals.length).toBeGreaterThan(2)
  const types = interview.events.map(({ type }) => type)
  expect(types).toContain('custom:recording_paused')
  expect(types).toContain('custom:recording_resumed')
  const origins = new Set(
    interview.events.filter(({ type }) => type === 'code_edit').map(({ data }) => data.origin as string),
  )
  for (const origin of ['typed', 'paste', 'ai', 'complete', 'undo', 'redo', 'program'])
    expect(origins).toContain(origin)
})
