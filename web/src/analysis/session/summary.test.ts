import { expect, test } from 'vitest'
import { computedOf, edit, type Happening, START_MS, testRun, turn } from '../test-support/computed.js'
import { plainText, summarise } from './summary.js'

const said = (happenings: Happening[], options?: Parameters<typeof computedOf>[1]): string =>
  summarise(computedOf(happenings, options)).map(plainText).join(' ')

test('an interview with everything, as it is read aloud', () => {
  const words = said(
    [
      edit(0, 'x'.repeat(61)),
      ...[2, 4, 6, 8].map((at) => edit(at, '')),
      turn(9, 'user', { inputTokens: 100 }),
      turn(9.1, 'assistant', { outputTokens: 400, latency: 4000 }),
      edit(10, 'y'.repeat(39), 'ai'),
      ...testRun(12, 1, 2),
      { at: 14, type: 'tab_hidden' },
      { at: 15, type: 'tab_visible' },
      turn(16, 'user'),
      ...testRun(22, 3, 0),
    ],
    { minutes: 30 },
  )
  expect(words).toBe(
    'Active 16 of 30 minutes. The longest pause took 6 minutes. ' +
      'First passing test at 12:01, all passing at 22:03. ' +
      '61 % of the final code was typed and 39 % came from the assistant. ' +
      'The assistant was asked twice, once before the first test passed; its answers took 4.0 s on average and used 500 tokens. ' +
      'Away from the page once, for 1:00.',
  )
})

test.each<[string, Happening[], string]>([
  ['nothing', [], 'Nothing has been recorded.'],
  [
    'no tests',
    [edit(0, 'a')],
    'No tests were run. All of the final code was typed. The assistant was not used. No time away from the page was recorded.',
  ],
  [
    'tests without results',
    [{ at: 0, type: 'test_run_start' }],
    'Tests were started once, without a recorded result. The final files hold no code.',
  ],
  ['no pass', testRun(0, 0, 2), 'No test passed in 1 run.'],
  [
    'some pass',
    [...testRun(0, 1, 2), ...testRun(1, 2, 1)],
    'First passing test at 0:01, at best 2 of 3 passing.',
  ],
  [
    'fewer results than announced are not all',
    [
      { at: 0, type: 'test_run_start', data: { testCount: 9 } },
      { at: 1, type: 'test_result', data: { testName: 't', passed: true } },
    ],
    'at best 1 of 9 passing.',
  ],
  [
    'broken again',
    [...testRun(0, 2, 0), ...testRun(1, 1, 1)],
    'First passing test at 0:01, all passing at 0:02; in the last run 1 failed.',
  ],
  [
    'given code',
    [
      { at: 0, type: 'session_start', data: { files: [{ filePath: 'a.ts', content: '123456' }] } },
      edit(1, 'ab'),
      edit(2, 'cd', 'ai'),
    ],
    '60 % of the final code was there from the start; of the rest, 50 % was typed and 50 % came from the assistant.',
  ],
  [
    'given code that nobody changed',
    [{ at: 0, type: 'session_start', data: { files: [{ filePath: 'a.ts', content: '123456' }] } }],
    'All of the final code was there from the start.',
  ],
  ['unknown tokens and latency', [turn(0, 'user')], 'The assistant was asked once. No time'],
  [
    'prompts after a pass',
    [...testRun(0, 1, 0), turn(1, 'user')],
    'asked once, never before the first test passed.',
  ],
  ['answers alone', [turn(0, 'assistant')], 'The chat has 1 turn and no prompt.'],
  [
    'lost events',
    [{ at: 0, type: 'gap', data: { source: 1, fromSeq: 3, toSeq: 3 } }],
    '1 event of this recording never arrived.',
  ],
])('%s', (_, happenings, words) => {
  expect(said(happenings)).toContain(words)
})

test('of a session that goes on, nothing is said as if it were the end', () => {
  expect(said([edit(0, 'a'), edit(3, 'b')], { live: true })).toContain(
    'The interview goes on; so far active 3 of 3 minutes.',
  )
})

test('each figure leads to a moment that shows it', () => {
  const computed = computedOf([edit(0, 'abc'), edit(10, 'y'.repeat(50), 'ai'), ...testRun(12, 2, 0)])
  const figures = summarise(computed).flat()
  const momentOf = (text: string) => {
    const found = figures.find((part) => typeof part !== 'string' && part.text === text)
    return typeof found === 'object' ? ((found.moment?.atMs ?? Number.NaN) - START_MS) / 60_000 : null
  }
  expect(momentOf('12:01')).toBeCloseTo(12 + 1 / 60)
  expect(momentOf('12:02')).toBeCloseTo(12 + 2 / 60)
  // As exact as a bucket of the series.
  expect(Math.abs((momentOf('94 %') ?? 0) - 10)).toBeLessThan(0.3)
})
