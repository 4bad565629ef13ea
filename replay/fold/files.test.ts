import { describe, expect, test } from 'vitest'
import type { Draft } from '../test-support/recordings.js'
import { replay, texts } from '../test-support/replay.js'
import { latestFiles } from '../view.js'

const edit = (
  fileId: string,
  changes: [number, number, string][],
  more: Partial<Draft> & object = {},
): Draft => ({
  type: 'code_edit',
  fileId,
  data: { changes },
  ...more,
})
const start = (files: Record<string, string>, source = 1): Draft => ({
  type: 'session_start',
  source,
  data: { files: Object.entries(files).map(([filePath, content]) => ({ filePath, content })) },
})

describe('code_edit', () => {
  test('all offsets are those of the text before the event', () => {
    const state = replay([
      start({ a: 'one two three' }),
      edit('a', [
        [0, 3, '1'],
        [4, 3, ''],
        [8, 0, 'and '],
      ]),
    ])
    expect(texts(state)).toEqual({ '1:a': '1  and three' })
    expect(state.files[0]).toMatchObject({ lastChange: { from: 0, to: 7 }, editCount: 1, lastOrigin: null })
  })

  test('an edit that reaches beyond the end is cut to fit and noted', () => {
    const state = replay([start({ a: 'abc' }), edit('a', [[1, 99, 'X']]), edit('a', [[50, 0, 'Y']])])
    expect(texts(state)).toEqual({ '1:a': 'aXY' })
    expect(state.divergences.map((d) => [d.kind, d.path, d.seq])).toEqual([
      ['edit_out_of_range', 'a', 2],
      ['edit_out_of_range', 'a', 3],
    ])
  })

  test('an edit may split a surrogate pair', () => {
    const state = replay([start({ a: 'x😀y' }), edit('a', [[2, 1, '']]), edit('a', [[2, 0, '\ude01']])])
    expect(texts(state)).toEqual({ '1:a': 'x😁y' })
  })

  test('its selection counts, in our form or in CodeMirror’s; without one the known selection moves along', () => {
    const select = (selection: unknown) =>
      ({ type: 'code_edit', fileId: 'a', data: { changes: [[0, 0, 'ab']], selection } }) satisfies Draft
    const last = (...drafts: Draft[]) => replay(drafts).files[0]?.selection
    expect(last(select({ anchor: 1, head: 2 }))).toEqual({ anchor: 1, head: 2 })
    expect(last(select({ main: 1, ranges: [{}, { anchor: 2, head: 0 }] }))).toEqual({ anchor: 2, head: 0 })
    expect(last(select('nonsense'))).toBeNull()
    const caretAt3 = { type: 'cursor', fileId: 'a', data: { anchor: 3, head: 3 } }
    expect(last(start({ a: 'abcdef' }), caretAt3, edit('a', [[1, 1, 'xyz']]))).toEqual({ anchor: 5, head: 5 })
    expect(last(start({ a: 'abcdef' }), caretAt3, edit('a', [[3, 0, '!']]))).toEqual({ anchor: 4, head: 4 })
    expect(last(start({ a: 'abcdef' }), caretAt3, edit('a', [[2, 3, '']]))).toEqual({ anchor: 2, head: 2 })
    expect(last(start({ a: 'abcdef' }), caretAt3, edit('a', [[4, 1, 'x']]))).toEqual({ anchor: 3, head: 3 })
  })
})

describe('[R1] two tabs never mix', () => {
  const twoTabs = [
    start({ a: 'shared' }, 1),
    edit('a', [[0, 0, 'first ']], { source: 2 }),
    edit('a', [[6, 0, ' second']], { source: 3 }),
    edit('a', [[0, 5, 'FIRST']], { source: 2 }),
  ]

  test('each source edits its own text, from the text the interview began with', () => {
    const state = replay(twoTabs)
    expect(texts(state)).toEqual({ '1:a': 'shared', '2:a': 'FIRST shared', '3:a': 'shared second' })
    expect(state.activeFile).toMatchObject({ source: 2, path: 'a' })
    expect(state.divergences).toEqual([])
  })

  test('as one folder, the tab that changed a file last is shown', () => {
    expect(latestFiles(replay(twoTabs)).map((file) => [file.source, file.text])).toEqual([
      [2, 'FIRST shared'],
    ])
  })

  test('editor_open says what a tab builds on', () => {
    const open = { type: 'editor_open', fileId: 'a', source: 3, data: { content: 'reloaded' } }
    const state = replay([...twoTabs, open, edit('a', [[8, 0, '!']], { source: 3 })])
    expect(texts(state)).toMatchObject({ '2:a': 'FIRST shared', '3:a': 'reloaded!' })
  })

  test('editor_open with the text that the tab holds already changes nothing', () => {
    const state = replay([
      edit('a', [[0, 0, 'hi']]),
      { type: 'editor_open', fileId: 'a', data: { content: 'hi' } },
    ])
    expect(state.files[0]).toMatchObject({ lastChangeSeq: 1 })
  })
})

describe('code_snapshot', () => {
  const snapshot = (content: string | undefined, source = 1): Draft => ({
    type: 'code_snapshot',
    fileId: 'a',
    source,
    data: { fileName: 'a', language: 'python', ...(content !== undefined && { content }) },
  })

  test('equal to what the edits lead to, it changes nothing but the language', () => {
    const state = replay([edit('a', [[0, 0, 'x = 1']]), snapshot('x = 1')])
    expect(state.files[0]).toMatchObject({ text: 'x = 1', language: 'python', lastChangeSeq: 1 })
    expect(state.divergences).toEqual([])
  })

  test('where it differs it wins, and that is noted', () => {
    const state = replay([edit('a', [[0, 0, 'x = 1']]), snapshot('x = 2'), edit('a', [[5, 0, '3']])])
    expect(texts(state)).toEqual({ '1:a': 'x = 23' })
    expect(state.divergences.map((d) => [d.kind, d.seq])).toEqual([['snapshot_differs', 2]])
  })

  test('from a source that has not edited the file it contradicts nobody', () => {
    const state = replay([edit('a', [[0, 0, 'mine']]), snapshot('saved by the platform', 2)])
    expect(texts(state)).toEqual({ '1:a': 'mine', '2:a': 'saved by the platform' })
    expect(state.divergences).toEqual([])
  })

  test('takes the front only where nobody types', () => {
    expect(replay([snapshot('a')]).activeFile?.path).toBe('a')
    expect(replay([edit('b', [[0, 0, 'b']]), snapshot('a')]).activeFile?.path).toBe('b')
  })

  test('without content, as in listings, only says that the file was saved', () => {
    const state = replay([edit('a', [[0, 0, 'x']]), snapshot(undefined)])
    expect(texts(state)).toEqual({ '1:a': 'x' })
    expect(state.divergences).toEqual([])
  })
})

describe('file_created, file_renamed, file_deleted', () => {
  const renamed = { type: 'file_renamed', data: { filePath: 'a', toPath: 'b' } }

  test('a created file starts with its content, for all who edit it', () => {
    const state = replay([
      { type: 'file_created', data: { filePath: 'a', content: 'new' } },
      edit('a', [[3, 0, 'er']], { source: 2 }),
    ])
    expect(texts(state)).toEqual({ '1:a': 'new', '2:a': 'newer' })
  })

  test('a rename carries the text, the caret and the front along', () => {
    const state = replay([start({ a: 'ab' }), edit('a', [[2, 0, 'c']]), renamed, edit('b', [[3, 0, 'd']])])
    expect(latestFiles(state).map((file) => [file.path, file.text])).toEqual([['b', 'abcd']])
    expect(state.activeFile?.path).toBe('b')
    expect(state.files[0]).toMatchObject({ path: 'a', deleted: true, renamedTo: 'b' })
  })

  test('a rename on the platform’s side gives others the text under the new path', () => {
    const state = replay([start({ a: 'ab' }), renamed, edit('b', [[2, 0, '!']], { source: 2 })])
    expect(texts(state)['2:b']).toBe('ab!')
  })

  test('a rename onto itself keeps the file', () => {
    const state = replay([start({ a: 'ab' }), { type: 'file_renamed', data: { filePath: 'a', toPath: 'a' } }])
    expect(latestFiles(state).map((file) => file.text)).toEqual(['ab'])
  })

  test('a deleted file is gone from the folder and the front, and back once it is edited again', () => {
    const gone = [
      start({ a: 'ab' }),
      edit('a', [[0, 1, '']]),
      { type: 'file_deleted', data: { filePath: 'a' } },
    ]
    expect(latestFiles(replay(gone))).toEqual([])
    expect(replay(gone).activeFile).toBeNull()
    expect(latestFiles(replay([...gone, edit('a', [[0, 0, 'x']])])).map((file) => file.text)).toEqual(['xb'])
  })

  test('another source’s word that a file is gone counts until somebody edits it again', () => {
    const gone = [start({ a: 'ab' }), { type: 'file_deleted', source: 2, data: { filePath: 'a' } }]
    expect(latestFiles(replay(gone))).toEqual([])
    expect(latestFiles(replay([...gone, edit('a', [[0, 0, 'x']])])).map((file) => file.text)).toEqual(['xab'])
  })

  test('file_write tells the language of a file', () => {
    const state = replay([start({ a: '' }), { type: 'file_write', data: { filePath: 'a', language: 'go' } }])
    expect(state.files[0]).toMatchObject({ language: 'go', lastChangeSeq: 1 })
  })
})
