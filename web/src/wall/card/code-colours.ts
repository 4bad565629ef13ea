import { LanguageSupport } from '@codemirror/language'
import { highlightTree, tagHighlighter, tags } from '@lezer/highlight'
import { loadLanguage } from '../../player/code/languages.js'
import type { Colourer, ColourRun } from './code-segments.js'

/** The same tags as in the player's code theme; wall.css has the colours. */
const CLASSES = tagHighlighter([
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword, tags.self], class: 'code-keyword' },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], class: 'code-string' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], class: 'code-number' },
  { tag: [tags.comment, tags.meta], class: 'code-comment' },
  { tag: [tags.typeName, tags.className, tags.namespace, tags.tagName], class: 'code-type' },
  {
    tag: [tags.function(tags.variableName), tags.function(tags.propertyName), tags.attributeName],
    class: 'code-function',
  },
])

/** Colours for a file's code; null where its language is not known. A few lines are parsed as if they were a whole file. */
export async function loadColourer(path: string, language: string | null): Promise<Colourer | null> {
  const support = await loadLanguage(path, language)?.()
  if (!(support instanceof LanguageSupport)) return null
  const { parser } = support.language
  return (text) => {
    const runs: ColourRun[] = []
    highlightTree(parser.parse(text), CLASSES, (from, to, className) => runs.push({ from, to, className }))
    return runs
  }
}
