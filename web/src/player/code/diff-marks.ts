import { type Range, StateEffect, StateField, type Text } from '@codemirror/state'
import { Decoration, type DecorationSet, EditorView, WidgetType } from '@codemirror/view'
import type { LineDiff } from '../../../../replay/index.js'
import { counted } from '../../ui/format.js'

/** More deleted lines in one place are counted, not drawn. */
const MAX_DRAWN_LINES = 200

/** Shows an older text's lines between those of the document, which must be the diff's newer text; null: nothing. */
export const setDiff = StateEffect.define<LineDiff | null>()

export const diffMarks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects)
      if (effect.is(setDiff))
        return effect.value === null
          ? Decoration.none
          : Decoration.set(marksOf(effect.value, transaction.newDoc), true)
    return marks.map(transaction.changes)
  },
  provide: (field) => EditorView.decorations.from(field),
})

const inserted = Decoration.line({ class: 'diff-inserted' })

function marksOf(diff: LineDiff, doc: Text): Range<Decoration>[] {
  const marks: Range<Decoration>[] = []
  let line = 1
  for (const [operation, lines] of diff) {
    if (operation === '=') line += lines
    else if (operation === '+') {
      for (const _ of lines) {
        if (line <= doc.lines) marks.push(inserted.range(doc.line(line).from))
        line += 1
      }
    } else {
      const isBehindAll = line > doc.lines
      marks.push(
        Decoration.widget({ widget: new DeletedLines(lines), block: true, side: isBehindAll ? 1 : -1 }).range(
          isBehindAll ? doc.length : doc.line(line).from,
        ),
      )
    }
  }
  return marks
}

/** Where the first change of a diff lies in its newer text, as a line from 1 on; null without a change. */
export function firstChangedLine(diff: LineDiff): number | null {
  let line = 1
  for (const [operation, lines] of diff) {
    if (operation !== '=') return line
    line += lines
  }
  return null
}

class DeletedLines extends WidgetType {
  constructor(private readonly lines: readonly string[]) {
    super()
  }

  override toDOM(): HTMLElement {
    const block = document.createElement('div')
    block.className = 'diff-deleted'
    for (const line of this.lines.slice(0, MAX_DRAWN_LINES)) {
      const row = document.createElement('del')
      row.textContent = line.replace(/\r?\n$/, '') || ' '
      block.append(row)
    }
    const more = this.lines.length - MAX_DRAWN_LINES
    if (more > 0) {
      const note = document.createElement('span')
      note.textContent = `${counted(more, 'more line')} deleted here`
      block.append(note)
    }
    return block
  }

  override eq(other: DeletedLines): boolean {
    return other.lines.length === this.lines.length && other.lines.every((line, i) => line === this.lines[i])
  }
}
