import { describe, expect, test } from 'vitest'
import { replay, texts } from '../test-support/replay.js'

describe('session', () => {
  test('start, extension and submission', () => {
    const state = replay([
      { type: 'session_start', data: { questionTitle: 'Two sums', timeLimit: 3600, woven: true }, atMs: 50 },
      { type: 'time_extended', data: { timeLimit: 4500, author: 'P.' } },
      { type: 'session_submit', data: { finalCode: { a: 'x' } }, atMs: 9000 },
      { type: 'session_start', data: { language: 'go' }, atMs: 9500 },
    ])
    expect(state.session).toMatchObject({
      startMs: 50,
      questionTitle: 'Two sums',
      language: 'go',
      timeLimitSec: 4500,
      data: { woven: true },
      submittedAtMs: 9000,
      submission: { finalCode: { a: 'x' }, scores: null },
    })
    expect(state.notes).toMatchObject([{ kind: 'time_extended', author: 'P.' }])
  })

  test('a recording without a start begins with its first event', () => {
    const state = replay([
      { type: 'keystroke', data: {}, atMs: 7 },
      { type: 'session_submit', data: {}, atMs: 9 },
    ])
    expect(state.session).toMatchObject({ startMs: 7, submittedAtMs: 9 })
    expect(state.keystrokeCount).toBe(1)
  })
})

test('an answer that broke off says why, and only such a one', () => {
  const answer = (error?: unknown) => ({
    type: 'ai_interaction',
    data: { role: 'assistant', content: '', error },
  })
  const broken = { type: 'overloaded_error', message: 'Overloaded' }
  const { chat } = replay([answer(broken), answer(), answer('x'), answer({ type: 1 }), answer(null)])
  expect(chat.map((turn) => ('failure' in turn ? turn.failure : null))).toEqual([
    broken.type,
    null,
    null,
    null,
    null,
  ])
})

describe('terminal commands', () => {
  const input = (command: string, source = 1) => ({ type: 'terminal_input', source, data: { command } })
  const output = (stdout: string, exitCode: number | null = 0, source = 1) => ({
    type: 'terminal_output',
    source,
    data: { stdout, exitCode },
  })

  test('output goes to the last command of its source until that has ended', () => {
    const { commands } = replay([
      input('make'),
      input('ls', 2),
      output('compiling\n', null),
      output('a b', 0, 2),
      output('failed', 2),
      output('from nowhere', 1),
    ]).terminal
    expect(commands).toMatchObject([
      { command: 'make', stdout: 'compiling\nfailed', exitCode: 2, outputAtMs: 4000 },
      { command: 'ls', stdout: 'a b', exitCode: 0 },
      { command: null, stdout: 'from nowhere', exitCode: 1 },
    ])
  })

  test('output never goes to an earlier command than the last', () => {
    const { commands } = replay([input('tail -f log'), input('true'), output(''), output('late')]).terminal
    expect(commands.map((c) => [c.command, c.stdout])).toEqual([
      ['tail -f log', ''],
      ['true', ''],
      [null, 'late'],
    ])
  })
})

test('test results belong to the last run of their source', () => {
  const result = (testName: string, passed: boolean, source = 1) => ({
    type: 'test_result',
    source,
    data: { testName, passed, duration: 5 },
  })
  const { testRuns } = replay([
    result('unannounced', true),
    { type: 'test_run_start', data: { testCount: 2, language: 'go' } },
    { type: 'test_run_start', source: 2, data: { testCount: 1 } },
    result('a', false),
    result('c', true, 2),
    result('b', true),
  ])
  expect(testRuns).toMatchObject([
    { testCount: null, passedCount: 1, results: [{ testName: 'unannounced', durationMs: 5 }] },
    { testCount: 2, passedCount: 1, failedCount: 1, results: [{ testName: 'a' }, { testName: 'b' }] },
    { testCount: 1, passedCount: 1, results: [{ testName: 'c' }] },
  ])
})

test('chat, notes, signals and losses in order, with where they come from', () => {
  const state = replay([
    { type: 'ai_interaction', data: { role: 'user', content: 'why?', promptQuality: 4 } },
    {
      type: 'ai_interaction',
      data: { role: 'assistant', content: 'so', model: 'm', latency: 900, outputTokens: 3 },
    },
    { type: 'proctor_flag', source: 2, data: { text: 'look', author: 'P.', atMs: 500 } },
    { type: 'paste', fileId: 'a', data: { lengthChars: 90, sha256: 'f'.repeat(64) } },
    { type: 'rejected', data: { code: 'EVENT_INVALID', claimedType: 'cursor', sizeBytes: 40 } },
    { type: 'custom:ping', data: { n: 1 } },
    { type: 'type_of_next_year', data: null },
  ])
  expect(state.chat).toMatchObject([
    { role: 'user', content: 'why?', promptQuality: 4, model: null, seq: 1, source: 1 },
    { role: 'assistant', latencyMs: 900, outputTokens: 3, inputTokens: null },
  ])
  expect(state.notes).toMatchObject([{ kind: 'proctor_flag', aboutMs: 500, atMs: 2000, source: 2 }])
  expect(state.signals).toMatchObject([{ kind: 'paste', lengthChars: 90, path: 'a' }])
  expect(state.losses).toMatchObject([{ kind: 'rejected', data: { code: 'EVENT_INVALID' } }])
  expect(state.others.map((other) => other.type)).toEqual(['custom:ping', 'type_of_next_year'])
})

describe('[R7] long texts come in pieces', () => {
  const piece = (index: number, content: string, more: object = {}) => ({
    type: 'code_snapshot',
    fileId: 'a',
    data: { fileName: 'a', language: 'go', content, part: { id: 'p', index, count: 3 } },
    ...more,
  })

  test('and are whole when the last one is there', () => {
    const half = replay([piece(0, 'on'), piece(1, 'e t')])
    expect([half.files, half.divergences]).toEqual([[], []])
    const other = { type: 'keystroke', source: 2, data: {} }
    const whole = replay([piece(0, 'on'), other, piece(1, 'e t'), piece(2, 'wo')])
    expect(texts(whole)).toEqual({ '1:a': 'one two' })
    expect(whole.files[0]?.language).toBe('go')
    expect(whole.eventCount).toBe(4)
  })

  test('a long insertion keeps its place', () => {
    const changes = (index: number, list: unknown[]) => ({
      type: 'code_edit',
      fileId: 'a',
      data: { changes: list, part: { id: 'e', index, count: 2 } },
    })
    const state = replay([
      { type: 'file_created', data: { filePath: 'a', content: '0123456789' } },
      changes(0, [
        [1, 1, 'x'],
        [4, 2, 'long '],
      ]),
      changes(1, [
        [6, 0, 'text'],
        [9, 1, ''],
      ]),
    ])
    expect(texts(state)).toEqual({ '1:a': '0x23long text678' })
  })

  test('pieces that miss one are left out, and that is noted', () => {
    const kinds = (...drafts: Parameters<typeof replay>[0][number][]) => {
      const state = replay(drafts)
      return [texts(state), state.divergences.map((divergence) => divergence.kind)]
    }
    expect(kinds(piece(0, 'a'), piece(2, 'c'))).toEqual([{}, ['part_missing', 'part_missing']])
    expect(kinds(piece(1, 'b'))).toEqual([{}, ['part_missing']])
    const ofAnother = {
      type: 'code_snapshot',
      fileId: 'a',
      data: { content: 'b', part: { id: 'q', index: 1, count: 2 } },
    }
    expect(kinds(piece(0, 'a'), ofAnother)).toEqual([{}, ['part_missing', 'part_missing']])
    const keystroke = { type: 'keystroke', data: {} }
    expect(kinds(piece(0, 'a'), keystroke, piece(1, 'b'), piece(2, 'c'))[1]).toContain('part_missing')
    expect(kinds(piece(0, 'lost'), piece(0, 'a'), piece(1, 'b'), piece(2, 'c'))).toEqual([
      { '1:a': 'abc' },
      ['part_missing'],
    ])
  })
})

test('[I7] an event that can’t be read is noted, and replay goes on', () => {
  const state = replay([
    { type: 'code_edit', fileId: 'a', data: null },
    { type: 'session_start', data: { files: 7 } },
    { type: 'terminal_stream', data: { channel: 'r', data: 7 } },
    { type: '__proto__', data: {} },
    { type: 'code_edit', fileId: 'a', data: { changes: [[0, 0, 'fine']] } },
  ])
  expect(texts(state)).toEqual({ '1:a': 'fine' })
  expect(state.divergences.map((divergence) => divergence.kind)).toEqual([
    'unreadable',
    'unreadable',
    'unreadable',
  ])
})
