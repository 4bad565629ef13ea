/**
 * @typedef {object} Import
 * @property {string} from what is named in quotes
 * @property {boolean} typeOnly `import type …` or `export type …`: gone at run time. `import { type A }` is not:
 *   under verbatimModuleSyntax the import itself stays.
 * @property {number} line from 1
 */

/**
 * The imports and re-exports of a TypeScript or JavaScript source, `import()` and `require()` included. No
 * parser: comments are blanked out and the statements are found by their shape, which is enough for sources
 * that a formatter has laid out.
 * @param {string} source
 * @returns {Import[]}
 */
export function importsOf(source) {
  const code = withoutComments(source)
  /** @type {Import[]} */
  const found = []
  for (const pattern of PATTERNS) {
    for (const match of code.matchAll(pattern)) {
      const from = match.groups?.from
      if (from === undefined) continue
      const line = code.slice(0, match.index + match[0].length).split('\n').length
      found.push({ from, typeOnly: match.groups?.type !== undefined, line })
    }
  }
  return found.sort((a, b) => a.line - b.line)
}

const PATTERNS = [
  // import x from '…', import type { X } from '…', export * from '…', export { x } from '…'
  /^[ \t]*(?:import|export)\b(?<type>\s+type\b(?!\s*(?:,|from\b)))?[^;'"`()=]*?\bfrom\s*['"](?<from>[^'"\n]+)['"]/gm,
  // import '…'
  /^[ \t]*import\s*['"](?<from>[^'"\n]+)['"]/gm,
  // import('…'), require('…') anywhere
  /\b(?:import|require)\s*\(\s*['"](?<from>[^'"\n]+)['"]/g,
]

/**
 * Comments become blanks of the same length, so that lines keep their numbers. Strings are recognised, since
 * they may hold what looks like a comment ('https://…').
 */
function withoutComments(/** @type {string} */ source) {
  const token = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g
  return source.replace(token, (text) => {
    if (text.startsWith('/')) return text.replace(/[^\n]/g, ' ')
    return text
  })
}
