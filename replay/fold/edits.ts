import type { CodeChange } from '../../protocol/event-schemas.js'
import type { Selection } from '../state.js'
import { Text } from '../text.js'
import { changedBy, fileKey, fileOf, pathOf, withFile, withText } from './files.js'
import { diverged, type Fold, type FoldedFile, type Reducers } from './fold.js'

export const editReducers: Reducers<'code_edit' | 'code_snapshot' | 'editor_open' | 'cursor' | 'keystroke'> =
  {
    code_edit(fold, event, data) {
      const path = pathOf(event, data)
      const before = fileOf(fold, event.source, path)
      const edit = applyChanges(before.text, data.changes)
      const file: FoldedFile = {
        ...before,
        ...changedBy(event),
        text: edit.text,
        selection: readSelection(data.selection) ?? moveSelection(before.selection, data.changes),
        lastOrigin: data.origin ?? null,
        lastChange: edit.reach,
        editCount: before.editCount + 1,
        deleted: false,
        renamedTo: null,
      }
      const next = { files: withFile(fold, file), active: inEditor(fold, file) }
      return edit.inRange ? next : { ...next, divergences: diverged(fold, event, 'edit_out_of_range', path) }
    },

    code_snapshot(fold, event, data) {
      const path = pathOf(event, data)
      const own = fold.files.get(fileKey(event.source, path))
      const before = {
        ...(own ?? fileOf(fold, event.source, path)),
        ...(data.language && { language: data.language }),
      }
      const active: Fold['active'] =
        fold.active?.by === 'editor' ? fold.active : { key: fileKey(event.source, path), by: 'save' }
      // A listing may leave the content of a snapshot out; then it says only that the file was saved.
      if (typeof data.content !== 'string') return { files: withFile(fold, before), active }
      if (own !== undefined && !own.deleted && own.text.equals(data.content)) {
        return { files: withFile(fold, before), active }
      }
      const next = { files: withFile(fold, withText(before, Text.of(data.content), event)), active }
      const contradicts = own !== undefined && !own.deleted
      return contradicts ? { ...next, divergences: diverged(fold, event, 'snapshot_differs', path) } : next
    },

    // An editor that opens with the text it is known to hold has changed nothing.
    editor_open(fold, event, data) {
      const before = fileOf(fold, event.source, pathOf(event, data))
      const known = data.content == null || (!before.deleted && before.text.equals(data.content))
      const file = known ? before : withText(before, Text.of(data.content ?? ''), event)
      return { files: withFile(fold, file), active: inEditor(fold, file) }
    },

    cursor(fold, event, data) {
      const before = fileOf(fold, event.source, pathOf(event, data))
      const file = { ...before, selection: { anchor: data.anchor, head: data.head } }
      return { files: withFile(fold, file), active: inEditor(fold, file) }
    },

    keystroke: (fold) => ({ keystrokeCount: fold.keystrokeCount + 1 }),
  }

/** Keeps its identity while the same file is worked on. */
function inEditor(fold: Fold, file: FoldedFile): Fold['active'] {
  const key = fileKey(file.source, file.path)
  return fold.active?.key === key && fold.active.by === 'editor' ? fold.active : { key, by: 'editor' }
}

interface Edit {
  text: Text
  reach: { from: number; to: number } | null
  inRange: boolean
}

/** All offsets are those of the text before the event, so the last change is applied first. */
/** @throws RangeError where changes overlap, which only pieces of several events can, put together [R7] */
export function mustAscend(changes: readonly CodeChange[]): void {
  let end = 0
  for (const [offset, deleted] of changes) {
    if (offset < end) throw new RangeError('changes overlap')
    end = offset + deleted
  }
}

function applyChanges(before: Text, changes: readonly CodeChange[]): Edit {
  mustAscend(changes)
  // Each splice copies the list of pieces: with very many, the text is put together anew.
  let text = changes.length > FEW_CHANGES ? rebuilt(before.toString(), changes) : before
  let inRange = true
  let from = Number.POSITIVE_INFINITY
  let growth = 0
  let end = 0
  for (let i = changes.length - 1; i >= 0; i--) {
    const [offset, deleted, inserted] = changes[i] as CodeChange
    const at = Math.min(offset, before.length)
    const removed = Math.min(deleted, before.length - at)
    if (at !== offset || removed !== deleted) inRange = false
    if (changes.length <= FEW_CHANGES) text = text.splice(at, removed, inserted)
    if (i === changes.length - 1) end = at + removed
    growth += inserted.length - removed
    from = at
  }
  return { text, reach: changes.length === 0 ? null : { from, to: Math.max(from, end + growth) }, inRange }
}

const FEW_CHANGES = 32

function rebuilt(before: string, changes: readonly CodeChange[]): Text {
  const pieces: string[] = []
  let from = 0
  for (const [offset, deleted, inserted] of changes) {
    pieces.push(before.slice(from, offset), inserted)
    from = Math.min(offset + deleted, before.length)
  }
  pieces.push(before.slice(from))
  return Text.of(pieces.join(''))
}

/** `{ anchor, head }`, or CodeMirror's `{ ranges: [{ anchor, head }], main }`. */
function readSelection(selection: unknown): Selection | null {
  if (typeof selection !== 'object' || selection === null) return null
  const { ranges, main } = selection as { ranges?: unknown; main?: unknown }
  const range = Array.isArray(ranges) ? ranges[typeof main === 'number' ? main : 0] : selection
  const { anchor, head } = (range ?? {}) as { anchor?: unknown; head?: unknown }
  return typeof anchor === 'number' && typeof head === 'number' ? { anchor, head } : null
}

/** Where a known selection lies after changes around it; what was typed at its place pushes it along. */
function moveSelection(selection: Selection | null, changes: readonly CodeChange[]): Selection | null {
  if (selection === null) return null
  return { anchor: moveOffset(selection.anchor, changes), head: moveOffset(selection.head, changes) }
}

function moveOffset(offset: number, changes: readonly CodeChange[]): number {
  let growth = 0
  for (const [at, deleted, inserted] of changes) {
    if (at > offset) break
    if (offset < at + deleted) return at + growth + inserted.length
    growth += inserted.length - deleted
  }
  return offset + growth
}
