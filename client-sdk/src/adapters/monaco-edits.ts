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

type Origin = [EditOrigin, ClipboardSource?]

/**
 * By what Monaco says of its reasons, for example `cursor type keyboard`, or `cursor executeCommands` and the command.
 * Text that a command moves or doubles counts as dropped: the statistics then look for where it stood, so that it
 * remains whose it was. What a command makes anew (matches replaced, comments toggled) is of a program, as is all that
 * is not of the candidate's hand.
 */
const ORIGINS: readonly [reason: RegExp, ...Origin][] = [
  [/^(suggest|snippet|inline|unknown suggest)/, 'complete'],
  [/^cursor paste/, 'paste'],
  [/^cursor .*(Lines(Up|Down)|duplicateSel|dragAndDrop)/, 'drop', 'own'],
  [/^cursor(?!.*(replace|comment|transform|sort))/i, 'typed'],
  [/^cursor/, 'program'],
]

/** @param otherwise where Monaco's reasons say nothing */
export function originOf(event: editor.IModelContentChangedEvent, otherwise: EditOrigin): Origin {
  const { isUndoing, isRedoing, detailedReasons } = event as WithReasons
  if (isUndoing || isRedoing) return [isUndoing ? 'undo' : 'redo']
  const given = detailedReasons?.[0]?.metadata
  // Monaco gives reasons from 0.53 on; before, what the browser handles just now has to do.
  const isByKey = /key|input|composition|cut/.test(`${globalThis.event?.type}`)
  const reason = given ? Object.values(given).join(' ') : isByKey ? 'cursor' : ''
  for (const [pattern, ...origin] of ORIGINS) if (pattern.test(reason)) return origin
  return [otherwise]
}

/** They are there, though not in Monaco's types. */
type WithReasons = editor.IModelContentChangedEvent & { detailedReasons?: { metadata: object }[] }
