import { Annotation, Transaction } from '@codemirror/state'
import type { CodeChange, EditOrigin } from '../../../protocol/event-schemas.js'
import type { ClipboardSource } from './clipboard-memory.js'

/** For changes that a page makes itself: `view.dispatch({ changes, annotations: recordedOrigin.of('complete') })`. */
export const recordedOrigin = /* @__PURE__ */ Annotation.define<EditOrigin>()

/** For changes that bring text of the AI into the editor. */
export const aiOrigin = /* @__PURE__ */ recordedOrigin.of('ai')

/** Ascending, in UTF-16 units of the text before; a line break counts as one, as in `state.doc`. */
export function changesOf(transaction: Transaction): CodeChange[] {
  const changes: CodeChange[] = []
  transaction.changes.iterChanges((from, to, _fromB, _toB, inserted) => {
    changes.push([from, to - from, `${inserted}`])
  })
  return changes
}

// By the user events of CodeMirror's own packages, with or without their `input.`; `input` itself is Enter and Tab. One expression,
// since each key waits for it: what is named alike, what moves text, and what is typed.
const KNOWN =
  /^(?:input\.)?(?:(paste|drop|complete|undo|redo|ai)|(move|copyline)|type|indent|delete|input$)(?:\.|$)/

/**
 * Text that a command moves or doubles counts as dropped: the statistics then look for where it stood, so that it
 * remains whose it was. What a command makes anew (matches replaced, comments toggled) is of a program, as is what
 * comes without a user event, or with one that is not known here.
 */
export function originOf(transaction: Transaction): [EditOrigin, ClipboardSource?] {
  const stated = transaction.annotation(recordedOrigin)
  if (stated) return [stated]
  // What others type, in an editor of several people, is not this candidate's.
  if (transaction.annotation(Transaction.remote)) return ['program']
  const [known, alike, moved] = KNOWN.exec(transaction.annotation(Transaction.userEvent) ?? '') ?? []
  if (moved) return ['drop', 'own']
  return [(alike as EditOrigin) ?? (known ? 'typed' : 'program')]
}
