import {
  copyLineDown,
  deleteCharBackward,
  history,
  indentLess,
  indentMore,
  insertNewlineAndIndent,
  moveLineUp,
  redo,
  toggleComment,
  undo,
} from '@codemirror/commands'
import { javascript } from '@codemirror/lang-javascript'
import {
  EditorSelection,
  EditorState,
  type StateCommand,
  Transaction,
  type TransactionSpec,
} from '@codemirror/state'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CodeChange } from '../../../protocol/event-schemas.js'
import { aiOrigin, changesOf, originOf, recordedOrigin } from './codemirror-edits.js'

const start = EditorState.create({
  doc: '// one\n  two\nthree',
  selection: { anchor: 8 },
  extensions: [history(), javascript()],
})

function transactionOf(state: EditorState, change: TransactionSpec | StateCommand): Transaction {
  if (typeof change !== 'function') return state.update(change)
  let made: Transaction | undefined
  change({
    state,
    dispatch: (transaction) => {
      made = transaction
    },
  })
  if (made === undefined) throw new Error('This command does nothing here.')
  return made
}

const insert = (userEvent?: string): TransactionSpec => ({
  changes: { from: 3, insert: 'x' },
  ...(userEvent !== undefined && { userEvent }),
})

describe('the origin of a change', () => {
  test.each<[string, TransactionSpec | StateCommand, ReturnType<typeof originOf>]>([
    ['typing', insert('input.type'), ['typed']],
    ['typing that starts a composition', insert('input.type.compose.start'), ['typed']],
    ['Enter', insertNewlineAndIndent as StateCommand, ['typed']],
    ['Tab', indentMore as StateCommand, ['typed']],
    ['Shift+Tab', indentLess as StateCommand, ['typed']],
    ['Backspace', deleteCharBackward as unknown as StateCommand, ['typed']],
    ['a cut', insert('delete.cut'), ['typed']],
    ['a paste', insert('input.paste'), ['paste']],
    ['a drop', insert('input.drop'), ['drop']],
    ['dragging within the editor', insert('move.drop'), ['drop', 'own']],
    ['moving a line', moveLineUp as StateCommand, ['drop', 'own']],
    ['doubling a line', copyLineDown as StateCommand, ['drop', 'own']],
    ['a completion', insert('input.complete'), ['complete']],
    ['replacing matches', insert('input.replace.all'), ['program']],
    ['a comment toggled', toggleComment as StateCommand, ['program']],
    ['an input of an extension', insert('input.emmet'), ['program']],
    ['the AI, into another view of the file', insert('input.ai'), ['ai']],
    ['the page itself', insert(), ['program']],
    ['the AI', { ...insert('input.type'), annotations: aiOrigin }, ['ai']],
    ['what the page says', { ...insert(), annotations: recordedOrigin.of('complete') }, ['complete']],
    ['somebody else', { ...insert('input.type'), annotations: Transaction.remote.of(true) }, ['program']],
  ])('%s', (_, change, origin) => {
    const [stated, source] = originOf(transactionOf(start, change))
    expect([stated, ...(source ? [source] : [])]).toEqual(origin)
  })

  test('undo and redo, whatever they bring back', () => {
    const typed = start.update(insert('input.paste')).state
    const undone = transactionOf(typed, undo)
    expect(originOf(undone)[0]).toBe('undo')
    expect(originOf(transactionOf(undone.state, redo))[0]).toBe('redo')
  })
})

/** The text after changes whose offsets are all those of the text before. */
const applyChanges = (text: string, changes: readonly CodeChange[]): string =>
  changes.reduceRight(
    (after, [at, deleted, inserted]) => after.slice(0, at) + inserted + after.slice(at + deleted),
    text,
  )

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('\n', '\r\n', '\r', 'a\nb\r\nc', '\ud83d', '\udc4d', '👍'),
)
const anyRanges = fc.array(fc.tuple(fc.nat(), fc.nat(), anyText), { minLength: 1, maxLength: 6 })
const anyStep = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('change' as const), ranges: anyRanges }) },
  fc.record({ do: fc.constant('replaceSelection' as const), ranges: anyRanges }),
  fc.record({ do: fc.constantFrom('undo' as const, 'redo' as const), ranges: fc.constant([]) }),
)

/** Ranges within the text, ascending and apart. */
function within(length: number, ranges: readonly (readonly [number, number, string])[]) {
  const places = ranges
    .flatMap(([from, to]) => [from % (length + 1), to % (length + 1)])
    .sort((a, b) => a - b)
  return ranges.map(([, , text], i) => ({
    from: places[2 * i] as number,
    to: places[2 * i + 1] as number,
    insert: text,
  }))
}

type Step = typeof anyStep extends fc.Arbitrary<infer S> ? S : never

function stepOf(state: EditorState, step: Step): Transaction | null {
  if (step.do === 'undo' || step.do === 'redo') {
    let made: Transaction | null = null
    const command = step.do === 'undo' ? undo : redo
    command({
      state,
      dispatch: (transaction) => {
        made = transaction
      },
    })
    return made as Transaction | null
  }
  const changes = within(state.doc.length, step.ranges)
  if (step.do === 'change') return state.update({ changes })
  const ranges = changes.map(({ from, to }) => EditorSelection.range(from, to))
  const selected = state.update({ selection: EditorSelection.create(ranges) }).state
  return selected.update(selected.replaceSelection(changes[0]?.insert ?? ''))
}

describe('the changes of a transaction', () => {
  test.each([undefined, '\n', '\r\n'])('make the text of the editor, with line separator %j', (separator) => {
    const extensions = [
      history(),
      EditorState.allowMultipleSelections.of(true),
      separator === undefined ? [] : EditorState.lineSeparator.of(separator),
    ]
    fc.assert(
      fc.property(anyText, fc.array(anyStep, { maxLength: 30 }), (doc, steps) => {
        let state = EditorState.create({ doc, extensions })
        let text = state.doc.toString()
        for (const step of steps) {
          const transaction = stepOf(state, step)
          if (transaction === null) continue
          const changes = changesOf(transaction)
          let end = 0
          for (const [offset, deleted] of changes) {
            expect(offset).toBeGreaterThanOrEqual(end)
            end = offset + deleted
          }
          text = applyChanges(text, changes)
          state = transaction.state
          expect(text).toBe(state.doc.toString())
        }
      }),
      { numRuns: 300 },
    )
  })
})
