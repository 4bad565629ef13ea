import type { Word } from './parse.js'

export interface ExpandContext {
  /** What `$?`, `$PWD` and their like stand for. */
  variable(name: string): string
  /** The paths that `*` and `?` may stand for. */
  paths: readonly string[]
}

/** A word as the command gets it: variables put in, and as many words as `*` finds files. */
export function expandWord(word: Word, context: ExpandContext): string[] {
  const parts = word.map(({ text, quote }) => ({
    quote,
    text: quote === 'single' ? text : text.replace(VARIABLE, (_, name: string) => context.variable(name)),
  }))
  const text = parts.map((part) => part.text).join('')
  if (!parts.some((part) => part.quote === 'none' && /[*?]/.test(part.text))) return [text]
  const pattern = parts
    .map((part) => (part.quote === 'none' ? globPattern(part.text) : escapePattern(part.text)))
    .join('')
  const found = matching(new RegExp(`^${pattern}$`), context.paths)
  // As a shell does: what finds nothing stays as it was typed.
  return found.length > 0 ? found : [text]
}

const VARIABLE = /\$(\?|[A-Za-z_]\w*)/g
const escapePattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
const globPattern = (text: string): string =>
  [...text].map((char) => (char === '*' ? '[^/]*' : char === '?' ? '[^/]' : escapePattern(char))).join('')

/** Files and the folders they lie in. */
function matching(pattern: RegExp, paths: readonly string[]): string[] {
  const all = new Set(paths)
  for (const path of paths)
    for (let i = path.indexOf('/'); i > 0; i = path.indexOf('/', i + 1)) all.add(path.slice(0, i)) // prettier-ignore
  return [...all].filter((path) => pattern.test(path) && !path.startsWith('.')).sort()
}
