import { describe, expect, test } from 'vitest'
import { DATA_SCHEMAS } from '../../../protocol/event-schemas.js'
import type { BuiltInEventType } from '../../../protocol/event-types.js'
import { latestFiles } from '../../../replay/index.js'
import { replayed } from '../test-support/replayed.js'
import { SAMPLES, sampleInterview } from './samples.js'

describe.each(SAMPLES.map((_, n) => n))('sample %i', (n) => {
  const interview = sampleInterview(n)
  const engine = replayed(interview.events)

  test('is half an hour at most, and well formed', () => {
    expect(interview.durationMs / 60_000).toBeGreaterThan(18)
    expect(interview.durationMs / 60_000).toBeLessThan(30)
    for (const { type, data } of interview.events) {
      const checked = DATA_SCHEMAS[type as BuiltInEventType].safeParse(data)
      if (!checked.success) expect.fail(`${type}: ${checked.error.message}`)
    }
    const times = interview.events.map((event) => event.offsetMs)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  })

  test('its edits lead to its final files, and its snapshots agree with its edits', () => {
    const state = engine.stateAt()
    expect(Object.fromEntries(latestFiles(state).map((file) => [file.path, file.text]))).toEqual(
      interview.expected.files,
    )
    expect(state.divergences).toEqual([])
    expect(state.session?.submission?.finalCode).toEqual(interview.expected.files)
  })

  test('tests fail first and pass in the end, each on code that was saved before', () => {
    const { testRuns } = engine.stateAt()
    expect(testRuns[0]?.failedCount).toBeGreaterThan(0)
    expect(testRuns.at(-1)?.failedCount).toBe(0)
    for (const run of testRuns) expect(run.results).toHaveLength(run.testCount ?? -1)
    for (const run of testRuns) {
      const before = replayed(
        interview.events.filter((event) => event.offsetMs <= run.atMs && event.type !== 'code_edit'),
      )
      const saved = Object.fromEntries(latestFiles(before.stateAt()).map((file) => [file.path, file.text]))
      const typed = Object.fromEntries(
        latestFiles(engine.stateAt(run.atMs)).map((file) => [file.path, file.text]),
      )
      expect(saved).toEqual(typed)
    }
  })

  test('has mistakes, chat, a terminal and signals', () => {
    const state = engine.stateAt()
    const erased = interview.events.filter(
      ({ type, data }) => type === 'code_edit' && JSON.stringify(data.changes).endsWith(',1,""]]'),
    )
    expect(erased.length).toBeGreaterThan(5)
    expect(state.chat.length).toBeGreaterThan(3)
    expect(state.terminal.commands.length).toBeGreaterThan(5)
    expect(state.signals.length).toBeGreaterThan(1)
  })
})

test('the same candidate types the same, another one does not', () => {
  expect(sampleInterview(0)).toEqual(sampleInterview(0))
  expect(sampleInterview(3).events).not.toEqual(sampleInterview(0).events)
  expect(sampleInterview(3).expected).toEqual(sampleInterview(0).expected)
})
