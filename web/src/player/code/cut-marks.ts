import { StateEffect, StateField } from '@codemirror/state'
import { Decoration, type DecorationSet, EditorView, WidgetType } from '@codemirror/view'
import { counted } from '../../ui/format.js'
import type { ShownText } from './shown-text.js'

/** Says at the end of each line that was cut for display how much of it is left out. */
export const setCuts = StateEffect.define<ShownText['cuts']>()

export const cutMarks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects)
      if (effect.is(setCuts))
        return Decoration.set(
          effect.value.map(({ at, leftOutChars }) =>
            Decoration.widget({ widget: new LeftOut(leftOutChars), side: 2 }).range(at),
          ),
        )
    return marks.map(transaction.changes)
  },
  provide: (field) => EditorView.decorations.from(field),
})

class LeftOut extends WidgetType {
  constructor(private readonly chars: number) {
    super()
  }
  override toDOM(): HTMLElement {
    const note = document.createElement('span')
    note.className = 'code-left-out'
    note.textContent = `${counted(this.chars, 'more character')} in this line`
    return note
  }
  override eq(other: LeftOut): boolean {
    return other.chars === this.chars
  }
}
