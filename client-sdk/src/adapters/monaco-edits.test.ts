import fc from 'fast-check'
import type { editor } from 'monaco-editor'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { CodeChange } from '../../../protocol/event-schemas.js'
import { editsOf, originOf } from './monaco-edits.js'

const change = (rangeOffset: number, rangeLength: number, text: string) =>
  ({ rangeOffset, rangeLength, text }) as editor.IModelContentChange

/** The text after changes whose offsets are all those of the text before. */
const applyChanges = (text: string, changes: readonly CodeChange[]): string =>
  changes.reduceRight(
    (after, [at, deleted, inserted]) => after.slice(0, at) + inserted + after.slice(at + deleted),
    text,
  )

describe('the edits of an event', () => {
  test('changes from the end to the beginning are one edit, ascending', () => {
    expect(editsOf([change(9, 2, 'c'), change(4, 0, 'b'), change(0, 1, 'a')])).toEqual([
      [
        [0, 1, 'a'],
        [4, 0, 'b'],
        [9, 2, 'c'],
      ],
    ])
  })

  test('a change that does not lie before the last one begins another edit', () => {
    expect(editsOf([change(4, 0, 'b'), change(4, 1, 'c'), change(0, 0, 'a')])).toEqual([
      [[4, 0, 'b']],
      [
        [0, 0, 'a'],
        [4, 1, 'c'],
      ],
    ])
  })

  test('make of a text what the changes make of it one after the other', () => {
    const anyChange = fc.tuple(fc.nat(), fc.nat({ max: 5 }), fc.string({ maxLength: 4 }))
    fc.assert(
      fc.property(fc.string({ maxLength: 40 }), fc.array(anyChange, { maxLength: 12 }), (before, steps) => {
        let text = before
        const changes = steps.map(([place, length, inserted]) => {
          const offset = place % (text.length + 1)
          const deleted = Math.min(length, text.length - offset)
          text = text.slice(0, offset) + inserted + text.slice(offset + deleted)
          return change(offset, deleted, inserted)
        })
        expect(editsOf(changes).reduce(applyChanges, before)).toBe(text)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('the origin of an event', () => {
  afterEach(() => vi.unstubAllGlobals())

  const event = (metadata?: object, flags = {}) =>
    ({ ...flags, ...(metadata && { detailedReasons: [{ metadata }] }) }) as editor.IModelContentChangedEvent
  const cursor = (kind: string, detailedSource = 'keyboard') =>
    event({ source: 'cursor', kind, detailedSource })
  const command = (name: string) => cursor('executeCommands', name)

  test.each<[string, editor.IModelContentChangedEvent, string]>([
    ['typing', cursor('type'), 'typed'],
    ['a composition', cursor('compositionType'), 'typed'],
    ['the end of a composition', cursor('compositionEnd'), 'typed'],
    ['a cut', cursor('cut'), 'typed'],
    ['Backspace', command('deleteLeft'), 'typed'],
    ['Tab', command('tab'), 'typed'],
    ['a paste', cursor('paste'), 'paste'],
    ['moving lines', command('editor.action.moveLinesUpAction'), 'drop own'],
    ['doubling lines', command('editor.action.copyLinesDownAction'), 'drop own'],
    ['dragging within the editor', cursor('executeCommand', 'editor.contrib.dragAndDrop'), 'drop own'],
    ['a comment toggled', command('editor.action.commentLine'), 'program'],
    ['replacing matches', command('replaceAll'), 'program'],
    ['a completion', event({ source: 'suggest' }), 'complete'],
    [
      'what a completion imports',
      event({ source: 'unknown', name: 'suggestController.additionalTextEdits' }),
      'complete',
    ],
    ['a snippet', event({ source: 'snippet' }), 'complete'],
    ['an inline completion', event({ source: 'inlineCompletionAccept', $nes: false }), 'complete'],
    ['undo', event({ source: 'applyEdits' }, { isUndoing: true }), 'undo'],
    ['redo', event({ source: 'applyEdits' }, { isRedoing: true }), 'redo'],
    ['the page itself', event({ source: 'unknown', name: 'page' }), 'program'],
    ['a text set anew', event({ source: 'setValue' }, { isFlush: true }), 'program'],
  ])('%s', (_, told, origin) => {
    expect(originOf(told, 'program').filter(Boolean).join(' ')).toBe(origin)
  })

  test('what the browser let in is told of where Monaco does not say', () => {
    expect(originOf(event({ source: 'unknown', name: 'pushEditOperations' }), 'drop')).toEqual(['drop'])
    expect(originOf(cursor('type'), 'drop')[0]).toBe('typed')
    // Something was pasted into the field of the search, and now matches are replaced.
    expect(originOf(command('replaceAll'), 'paste')).toEqual(['program'])
  })

  test('without reasons, as before Monaco 0.53, keys are told apart from the page', () => {
    expect(originOf(event(), 'program')).toEqual(['program'])
    for (const type of ['keydown', 'input', 'compositionend', 'cut']) {
      vi.stubGlobal('event', { type })
      expect(originOf(event(), 'program')[0]).toBe('typed')
    }
    vi.stubGlobal('event', { type: 'paste' })
    expect(originOf(event(), 'paste')).toEqual(['paste'])
  })
})
