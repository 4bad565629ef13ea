import type { editor } from 'monaco-editor'
import type { CodeChange, EditOrigin } from '../../../protocol/event-schemas.js'
import type { ClipboardSource } from './clipboard-memory.js'
import type { LastBrought } from './monaco-brought.js'

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

const PASTED = /^cursor paste/
const MOVED = /^cursor .*((move|copy)Lines|duplicateSelection|dragAndDrop)/
const REWRITTEN = /^cursor .*(replace|comment|transform|sort)/i
const TYPED = /^cursor/
const COMPLETED = /^(suggest|snippet|inlineCompletion|unknown suggest)/

/**
 * By what Monaco says of its reasons, for example `cursor type keyboard`. Text that a command moves or doubles counts
 * as dropped: the statistics then look for where it stood, so that it remains whose it was. What a command makes anew
 * (matches replaced, comments toggled) is of a program, as is all that is not of the candidate's hand.
 */
export function originOf(
  event: editor.IModelContentChangedEvent,
  brought: LastBrought,
): [EditOrigin, ClipboardSource?] {
  if (event.isUndoing) return ['undo']
  if (event.isRedoing) return ['redo']
  const reason = reasonOf(event)
  if (PASTED.test(reason)) return ['paste']
  if (MOVED.test(reason)) return ['drop', 'own']
  if (COMPLETED.test(reason)) return ['complete']
  if (TYPED.test(reason) && !REWRITTEN.test(reason)) return ['typed']
  return [brought.take(event) ?? 'program']
}

/** From Monaco 0.53 on it is there, though not in its types; before, what the browser handles just now has to do. */
function reasonOf(event: editor.IModelContentChangedEvent): string {
  const { detailedReasons } = event as { detailedReasons?: { metadata: object }[] }
  const metadata = detailedReasons?.[0]?.metadata
  if (metadata) return Object.values(metadata).join(' ')
  const handled = globalThis.event?.type ?? ''
  return /key|input|composition|paste/.test(handled) ? `cursor ${handled}` : ''
}
