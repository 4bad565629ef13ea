import { type EditorState, type Range, StateEffect, StateField } from '@codemirror/state'
import { Decoration, type DecorationSet, EditorView, WidgetType } from '@codemirror/view'

/** What the candidate has selected, in UTF-16 offsets; null hides it. */
export const setRemoteSelection = StateEffect.define<{ anchor: number; head: number } | null>()
/** Marks a stretch of text as changed at a moment, epoch ms. */
export const addGlow = StateEffect.define<{ from: number; to: number; atMs: number }>()
/** Takes away what does not glow at a moment: what changed more than a second before it, or after it. Null: all. */
export const keepGlowsOf = StateEffect.define<number | null>()
/** A change glows for so long, in the session's time. */
export const GLOW_MS = 1000

/** The candidate's caret and selection, and what changed a moment ago. */
export const remoteMarks = StateField.define<{ selection: DecorationSet; glows: DecorationSet }>({
  create: () => ({ selection: Decoration.none, glows: Decoration.none }),
  update(marks, transaction) {
    let selection = marks.selection.map(transaction.changes)
    let glows = marks.glows.map(transaction.changes)
    for (const effect of transaction.effects) {
      if (effect.is(setRemoteSelection)) {
        selection = Decoration.set(selectionMarks(effect.value, transaction.newDoc.length))
      } else if (effect.is(addGlow)) {
        const { from, to, atMs } = effect.value
        const mark = Decoration.mark({ class: 'code-glow', atMs })
        if (to > from) glows = glows.update({ add: [mark.range(from, to)] })
      } else if (effect.is(keepGlowsOf)) {
        const nowMs = effect.value
        const glowsAt = (atMs: number) => nowMs !== null && atMs <= nowMs && nowMs - atMs <= GLOW_MS
        if (glows.size > 0) glows = glows.update({ filter: (_from, _to, { spec }) => glowsAt(spec.atMs) })
      }
    }
    return { selection, glows }
  },
  provide: (field) => [
    EditorView.decorations.from(field, (marks) => marks.glows),
    EditorView.decorations.from(field, (marks) => marks.selection),
  ],
})

/** Whether anything glows, or did at the moment shown last. */
export const hasGlows = (state: EditorState): boolean => state.field(remoteMarks).glows.size > 0

class Caret extends WidgetType {
  override toDOM(): HTMLElement {
    const caret = document.createElement('span')
    caret.className = 'code-caret'
    caret.setAttribute('aria-hidden', 'true')
    return caret
  }
  override eq(): boolean {
    return true
  }
}

const caretMark = Decoration.widget({ widget: new Caret(), side: 1 })
const selectedMark = Decoration.mark({ class: 'code-selected' })

/** A claimed place may be any number at all; this is the nearest that the text has. */
export const withinText = (place: number, textLength: number): number =>
  Math.min(Math.max(0, Math.trunc(place) || 0), textLength)

function selectionMarks(
  selection: { anchor: number; head: number } | null,
  textLength: number,
): Range<Decoration>[] {
  if (selection === null) return []
  const anchor = withinText(selection.anchor, textLength)
  const head = withinText(selection.head, textLength)
  const caret = caretMark.range(head)
  if (anchor === head) return [caret]
  const selected = selectedMark.range(Math.min(anchor, head), Math.max(anchor, head))
  return head > anchor ? [selected, caret] : [caret, selected]
}
