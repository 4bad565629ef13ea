import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RecordedEvent } from '../../protocol/events.js'
import { createReplayEngine } from '../engine.js'
import { anyRecording, type Draft, record } from '../test-support/recordings.js'
import { byTime } from '../timeline.js'
import { latestFiles } from '../view.js'
import { Finder } from './finder.js'
import type { FindKind } from './hits.js'

function find(events: readonly RecordedEvent[], text: string, kinds: FindKind[] = [], maxHits?: number) {
  const finder = new Finder({ text, kinds }, maxHits)
  for (const event of events) finder.add(event)
  return finder
}
const found = (drafts: readonly Draft[], text: string, kinds: FindKind[] = []) =>
  find(record(drafts), text, kinds).hits.map(({ seq, place, excerpt: { before, match, after } }) => [
    seq,
    place,
    `${before}[${match}]${after}`,
  ])
const edit = (offset: number, deleted: number, inserted: string): Draft => ({
  type: 'code_edit',
  fileId: 'a.ts',
  data: { changes: [[offset, deleted, inserted]] },
})
const printed = (data: string, source = 1): Draft => ({
  type: 'terminal_stream',
  source,
  data: { channel: 'o', data },
})

describe('in code', () => {
  test('the moment a file comes to hold a text, again after it was gone', () => {
    const drafts = [
      ...[...'let map'].map((char, i) => edit(i, 0, char)),
      edit(0, 0, '// map\n'),
      edit(13, 1, ''),
      edit(5, 1, ''),
      edit(5, 0, 'P'),
    ]
    expect(found(drafts, 'map')).toEqual([
      [7, 'code', 'let [map]'],
      [11, 'code', '// [maP] let ma'],
    ])
    // The second file's own.
    expect(found([edit(0, 0, 'map'), { ...edit(0, 0, 'a map'), fileId: 'b.ts' }], 'MAP')).toEqual([])
    expect(found([edit(0, 0, 'map'), { ...edit(0, 0, 'a map'), fileId: 'b.ts' }], 'map')).toHaveLength(2)
  })

  test('whatever is edited, saved, renamed: exactly where a replay shows that it came', () => {
    // Two letters make a text that comes and goes.
    const anyText = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 6 })
    const anyPath = fc.constantFrom('x', 'y')
    const anyDraft: fc.Arbitrary<Draft> = fc.oneof(
      {
        weight: 5,
        arbitrary: fc
          .tuple(
            anyPath,
            fc.nat({ max: 12 }),
            fc.nat({ max: 4 }),
            anyText,
            fc.option(fc.tuple(fc.nat({ max: 5 }), anyText)),
          )
          .map(([fileId, offset, deleted, inserted, other]) => ({
            type: 'code_edit',
            fileId,
            data: {
              changes: [
                [offset, deleted, inserted],
                ...(other === null ? [] : [[offset + deleted + other[0], 1, other[1]]]),
              ],
            },
          })),
      },
      fc.tuple(anyPath, anyText).map(([fileId, content]) => ({
        type: 'code_snapshot',
        fileId,
        data: { fileName: fileId, content },
      })),
      fc
        .tuple(anyPath, anyPath)
        .map(([filePath, toPath]) => ({ type: 'file_renamed', data: { filePath, toPath } })),
      anyPath.map((filePath) => ({ type: 'file_deleted', data: { filePath } })),
    )
    const recordings = fc
      .array(fc.tuple(anyDraft, fc.integer({ min: 1, max: 2 })), { maxLength: 40, size: 'max' })
      .map((drafts) => record(drafts.map(([draft, source]) => ({ ...draft, source }))))
    fc.assert(
      fc.property(recordings, fc.constantFrom('a', 'ab', 'aba', 'b\na'), (events, text) => {
        const engine = createReplayEngine()
        let holders = new Set<string>()
        const expected: [number, string][] = []
        for (const event of events) {
          engine.insert([event])
          const now = latestFiles(engine.stateAt()).filter((file) => file.text.includes(text))
          for (const { path } of now) if (!holders.has(path)) expected.push([event.seq, path])
          holders = new Set(now.map(({ path }) => path))
        }
        const hits = find(events, text).hits.map(({ seq, title }) => [seq, title])
        expect(hits.sort()).toEqual(expected.sort())
      }),
      { numRuns: 200 },
    )
  })
})

test('in the terminal: over pieces and colours, as it was printed, each once', () => {
  const drafts = [
    printed('all \u001b[32mte'),
    printed('sts\u001b[0m pa'),
    printed('ssed\r\n'),
    printed('tes'),
    printed('t\bt passed, tests passed'),
    printed('\u001b]0;tests passed\u0007'),
    printed('tests pa', 2),
    printed('ssed', 1),
  ]
  expect(found(drafts, 'tests passed')).toEqual([
    [3, 'terminal', 'all [tests passed] '],
    [5, 'terminal', '…ts passed test passed, [tests passed]'],
  ])
})

test('a command whose terminal is recorded as a screen is found there alone', () => {
  const drafts: Draft[] = [
    printed('$ '),
    printed('needle'),
    { type: 'terminal_input', data: { command: 'needle' } },
    { type: 'terminal_output', source: 2, data: { output: 'needle' } },
  ]
  expect(found(drafts, 'needle').map(([seq]) => seq)).toEqual([2, 4])
})

test('in commands, chat, tests and notes', () => {
  const drafts: Draft[] = [
    { type: 'terminal_input', data: { command: 'npm run x' } },
    { type: 'terminal_output', data: { stdout: 'a \u001b[1mne\u001b[0medle' } },
    { type: 'ai_interaction', data: { role: 'user', content: `${'y'.repeat(100)}needle` } },
    { type: 'test_result', data: { testName: 'a', passed: false, error: 'no needle' } },
    { type: 'proctor_note', data: { text: 'Needle?' } },
    { type: 'ai_interaction', data: { content: 7 } },
    { type: 'terminal_stream', data: null },
  ]
  expect(found(drafts, 'needle')).toEqual([
    [2, 'terminal', 'a [needle]'],
    [3, 'chat', `…${'y'.repeat(24)}[needle]`],
    [4, 'tests', 'no [needle]'],
    [5, 'notes', '[Needle]?'],
  ])
  expect(found(drafts, 'Needle')).toHaveLength(1)
  expect(found(drafts, '.*')).toEqual([])
})

test('kinds, alone and with a text', () => {
  const drafts: Draft[] = [
    { type: 'test_result', data: { testName: 'adds', passed: true } },
    { type: 'test_result', data: { testName: 'carries', passed: false } },
    { type: 'paste', data: { lengthChars: 80 } },
    { type: 'paste', data: { lengthChars: 81 } },
    { type: 'tab_hidden', data: {} },
    { type: 'ai_interaction', data: { role: 'user', content: 'carries?' } },
    { type: 'proctor_flag', data: { text: 'Look' } },
  ]
  const seqs = (text: string, ...kinds: FindKind[]) => found(drafts, text, kinds).map(([seq]) => seq)
  expect(seqs('', 'failed-tests')).toEqual([2])
  expect(seqs('', 'long-pastes')).toEqual([4])
  expect(seqs('', 'tab-away', 'notes')).toEqual([5, 7])
  expect(seqs('carries', 'ai-turns')).toEqual([6])
  expect(seqs('carries')).toEqual([2, 6])
  expect(seqs('')).toEqual([])
})

test('it stops at its bound', () => {
  const finder = find(record(Array.from({ length: 9 }, () => printed('x'))), 'x', [], 5)
  expect([finder.hits.length, finder.isFull]).toEqual([5, true])
})

test('no recording makes it fail', () => {
  fc.assert(
    fc.property(
      anyRecording({ maxLength: 200 }),
      fc.string({ minLength: 1, maxLength: 3 }),
      (events, text) => {
        const hits = find([...events].sort(byTime), text).hits
        for (const { excerpt } of hits) expect(excerpt.match.length).toBeGreaterThan(0)
      },
    ),
  )
})
