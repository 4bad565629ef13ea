import type { Extension } from '@codemirror/state'
import { Decoration, MatchDecorator, ViewPlugin } from '@codemirror/view'
import { MASK_CHAR } from '../../../../protocol/redaction.js'
import { matcherOf } from '../../../../replay/index.js'

/** Marks a text wherever it is in view. */
export const findMarks = (text: string): Extension =>
  text === '' ? [] : matchMarks(matcherOf(text), 'code-found')

/** What a redaction left is quieter than the code around it: blocks as bright as text would draw every eye. */
export const maskMarks = matchMarks(new RegExp(`${MASK_CHAR}+`, 'g'), 'code-masked')

function matchMarks(regexp: RegExp, className: string): Extension {
  const matches = new MatchDecorator({ regexp, decoration: Decoration.mark({ class: className }) })
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
