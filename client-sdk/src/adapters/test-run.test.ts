import { expect, test } from 'vitest'
import { DATA_SCHEMAS } from '../../../protocol/event-schemas.js'
import type { RecordableEvent } from '../recorder-types.js'
import { recordTestRun } from './test-run.js'

function fakeRecorder() {
  const events: RecordableEvent[] = []
  return { events, record: (event: RecordableEvent) => events.push(event) }
}

test('the code, the start, the results, the end', () => {
  const recorder = fakeRecorder()
  const run = recordTestRun(recorder, {
    testCount: 3,
    language: 'javascript',
    fileName: 'sum.test.js',
    files: [
      { filePath: 'src/sum.js', content: 'export {}\n', language: 'javascript' },
      { filePath: 'sum.test.js', content: '' },
    ],
  })
  run.result({ testName: 'adds', passed: true, duration: 1.5 })
  run.result({ testName: 'carries', passed: false, error: 'expected 10', output: 'log' })
  run.end()
  expect(recorder.events).toEqual([
    {
      type: 'code_snapshot',
      fileId: 'src/sum.js',
      data: { fileName: 'src/sum.js', language: 'javascript', content: 'export {}\n' },
    },
    { type: 'code_snapshot', fileId: 'sum.test.js', data: { fileName: 'sum.test.js', content: '' } },
    {
      type: 'test_run_start',
      data: { testCount: 3, language: 'javascript', fileName: 'sum.test.js' },
    },
    { type: 'test_result', data: { testName: 'adds', passed: true, duration: 1.5 } },
    {
      type: 'test_result',
      data: { testName: 'carries', passed: false, error: 'expected 10', output: 'log' },
    },
    {
      type: 'custom:test_run_end',
      data: { passed: 1, failed: 1, durationMs: expect.any(Number) },
    },
  ])
  for (const { type, data } of JSON.parse(JSON.stringify(recorder.events)))
    if (type in DATA_SCHEMAS) DATA_SCHEMAS[type as keyof typeof DATA_SCHEMAS].parse(data)
})

test('a run ends once, also one that could not begin; late results do not count for the next', () => {
  const recorder = fakeRecorder()
  const run = recordTestRun(recorder)
  run.end({ error: 'SyntaxError' })
  run.end()
  run.result({ testName: 'late', passed: true })
  expect(recorder.events.map(({ type, data }) => [type, data])).toEqual([
    ['test_run_start', {}],
    ['custom:test_run_end', { passed: 0, failed: 0, durationMs: expect.any(Number), error: 'SyntaxError' }],
  ])
})
