import type { editor } from 'monaco-editor'
import type { CodeChange, EditOrigin } from '../../../protocol/event-schemas.js'
import type { ClipboardSource } from './clipboard-memory.js'

/**
 * The edits that follow each other in one event, each ascending and in units of the text before it. Monaco gives
 * changes from the end of the text to its beginning, to be made one after the other; where it has joined several
 * edits into one event, a change does not lie before the last one, and begins another edit.
 */
export function editsOf(changes: readonly editor.IModelContentChange[]): CodeChange[][] {
  const edits: CodeChange[][] = []
  let startOfLast = -1
  for (const { rangeOffset, rangeLength, text } of changes) {
    if (rangeOffset + rangeLength > startOfLast) edits.push([])
    edits.at(-1)?.push([rangeOffset, rangeLength, text])
    startOfLast = rangeOffset
  }
  return edits.map((edit) => edit.reverse())
}

const MOVED = /Lines(Up|Down)|duplicateSel|dragAndDrop/
const REWRITTEN = /replace|comment|transform|sort/i

/**
 * By what Monaco says of its reasons, for example `cursor type keyboard` or `cursor executeCommands` and the command.
 * Text that a command moves or doubles counts as dropped: the statistics then look for where it stood, so that it
 * remains whose it was. What a command makes anew (matches replaced, comments toggled) is of a program, as is all that
 * is not of the candidate's hand.
 *
 * @param brought what an edit of no such reason is
 */
export function originOf(
  event: editor.IModelContentChangedEvent,
  brought: EditOrigin = 'program',
): [EditOrigin, ClipboardSource?] {
  if (event.isUndoing) return ['undo']
  if (event.isRedoing) return ['redo']
  const reason = reasonOf(event)
  if (/^(suggest|snippet|inline|unknown suggest)/.test(reason)) return ['complete']
  if (!/^cursor/.test(reason) || REWRITTEN.test(reason)) return [brought]
  if (MOVED.test(reason)) return ['drop', 'own']
  return [/^cursor paste/.test(reason) ? 'paste' : 'typed']
}

/** Monaco gives it from 0.53 on, though not in its types; before, what the browser handles just now has to do. */
function reasonOf(event: editor.IModelContentChangedEvent): string {
  const { detailedReasons } = event as { detailedReasons?: { metadata: object }[] }
  const metadata = detailedReasons?.[0]?.metadata
  if (metadata) return Object.values(metadata).join(' ')
  return /key|input|composition|paste/.test(`${globalThis.event?.type}`) ? 'cursor' : ''
}
