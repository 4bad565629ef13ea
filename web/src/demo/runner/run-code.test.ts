import { expect, test } from 'vitest'
import type { RunMessage, RunRequest, TestResult } from './messages.js'
import { plainFailure, resultLine, summaryText } from './report.js'
import { type RunnerWorker, runCode } from './run-code.js'

/** A worker that answers as it is told; the real one runs in tests/demo. */
function run(
  answer: (send: (message: RunMessage) => void) => void,
  options: { signal?: AbortSignal; startMs?: number } = {},
) {
  const { signal = new AbortController().signal } = options
  const printed: string[] = []
  const results: TestResult[] = []
  let terminated = 0
  let request: RunRequest | null = null
  const worker: RunnerWorker = {
    onmessage: null,
    onerror: null,
    postMessage: (message: RunRequest) => {
      request = message
      answer((data) => worker.onmessage?.call(worker as Worker, { data } as MessageEvent))
    },
    terminate: () => void terminated++,
  }
  const done = runCode({
    entry: 'a.js',
    kind: 'tests',
    read: (path) => (path === 'a.js' ? 'let a =' : null),
    onPrint: (_, text) => printed.push(text),
    onTest: (result) => results.push(result),
    signal,
    makeWorker: () => worker,
    silenceMs: 20,
    startMs: options.startMs ?? 60_000,
  })
  return { done, printed, results, terminated: () => terminated, request: () => request }
}

test('the worker is ended with its exit code', async () => {
  const { done, terminated, request, printed } = run((send) => {
    send({ kind: 'print', stream: 'out', text: 'hi\n' })
    send({ kind: 'ended', exitCode: 3 })
  })
  expect(await done).toBe(3)
  expect([terminated(), printed, request()?.modules.length]).toEqual([1, ['hi\n'], 1])
})

test('a test that gives no sign is ended and failed', async () => {
  const { done, results, terminated } = run((send) => send({ kind: 'test begins', name: 'loops' }))
  expect(await done).toBe(124)
  expect(terminated()).toBe(1)
  expect(results).toMatchObject([{ name: 'loops', outcome: 'failed' }])
  expect(results[0]?.failure?.message).toContain('endless loop')
})

test('a worker that is late is waited for, and is no endless loop', async () => {
  const { done, printed } = run((send) => {
    setTimeout(() => {
      send({ kind: 'started' })
      send({ kind: 'ended', exitCode: 0 })
    }, 100)
  })
  expect([await done, printed]).toEqual([0, []])
})

test('one that has started and gives no sign is ended', async () => {
  const { done, printed } = run((send) => send({ kind: 'started' }))
  expect(await done).toBe(124)
  expect(printed.join('')).toContain('a.js: No end after 0.02 s')
})

test('one that never starts is said to be the runner’s fault', async () => {
  const { done, printed } = run(() => {}, { startMs: 20 })
  expect(await done).toBe(1)
  expect(printed.join('')).toContain('The runner did not start')
})

test('Ctrl-C ends it at once', async () => {
  const controller = new AbortController()
  const { done, terminated } = run(() => {}, { signal: controller.signal })
  controller.abort()
  expect([await done, terminated()]).toEqual([130, 1])
})

test('a syntax error is shown at its place', async () => {
  const { done, printed } = run((send) => {
    send({ kind: 'syntax error', path: 'a.js', message: 'Unexpected end of input' })
    send({ kind: 'ended', exitCode: 1 })
  })
  expect(await done).toBe(1)
  expect(printed.join('')).toBe('a.js:1:8\nlet a =\n       ^\nSyntaxError: Unexpected end of input\n')
})

const result = (name: string, more: Partial<TestResult> = {}): TestResult => ({
  name,
  outcome: 'passed',
  durationMs: 1.5,
  output: '',
  failure: null,
  ...more,
})
const ESC = '\u001b'
const COLOURS = new RegExp(`${ESC}\\[[0-9]+m`, 'g')
const bare = (text: string) => text.replaceAll(COLOURS, '')

test('the report says what was expected, what came, and where', () => {
  const failed = result('b', {
    outcome: 'failed',
    failure: { message: 'The values differ', expected: '[ 1 ]', actual: '[ 2 ]', stack: ['a.test.js:3:4'] },
  })
  const skipped = result('c', { outcome: 'skipped' })
  expect([result('a'), failed, skipped].map(resultLine).map(bare)).toEqual([
    '  ✔ a (1.5 ms)\n',
    '  ✖ b (1.5 ms)\n',
    '  ○ c, skipped\n',
  ])
  expect(bare(summaryText([result('a'), failed, skipped], 5, 12.4))).toBe(
    [
      '',
      '✖ b',
      '  The values differ',
      '  expected  [ 1 ]',
      '  actual    [ 2 ]',
      '  at a.test.js:3:4',
      '',
      'Tests  1 passed, 1 failed, 1 skipped, 2 not run (12 ms)',
      '',
    ].join('\n'),
  )
  expect(plainFailure(failed)).toBe('The values differ\nexpected  [ 1 ]\nactual    [ 2 ]\nat a.test.js:3:4')
  expect(plainFailure(result('a'))).toBeUndefined()
})
