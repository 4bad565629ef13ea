import type { Extension } from '@codemirror/state'
import { Decoration, MatchDecorator, ViewPlugin } from '@codemirror/view'
import { matcherOf } from '../../../../replay/index.js'

const foundMark = Decoration.mark({ class: 'code-found' })

/** Marks a text wherever it is in view. */
export function findMarks(text: string): Extension {
  if (text === '') return []
  const matches = new MatchDecorator({ regexp: matcherOf(text), decoration: foundMark })
  return ViewPlugin.define(
    (view) => {
      const plugin = {
        marks: matches.createDeco(view),
        update(update: Parameters<MatchDecorator['updateDeco']>[0]) {
          plugin.marks = matches.updateDeco(update, plugin.marks)
        },
      }
      return plugin
    },
    { decorations: ({ marks }) => marks },
  )
}
