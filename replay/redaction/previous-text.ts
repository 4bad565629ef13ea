import type { LineDiff } from '../line-diff.js'

/** The text that a diff by lines to `after` was made from. */
export function textBeforeDiff(after: string, diff: LineDiff): string {
  // Lines as the diff counts them: with their endings, and no empty one behind the last.
  const lines = after.match(/[^\n]*\n|[^\n]+$/g) ?? []
  let at = 0
  let before = ''
  for (const [operation, what] of diff) {
    if (operation === '-') before += what.join('')
    else if (operation === '+') at += what.length
    else {
      before += lines.slice(at, at + what).join('')
      at += what
    }
  }
  return before
}
