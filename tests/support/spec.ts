import { filesEndingIn, readText } from './documents.js'

/** `[I3]`, `[R5, R6]` */
const QUOTE = /\[((?:[IR]\d+)(?:, ?[IR]\d+)*)\]/g
/** A title of a test or of a group of tests: what stands in quotes right behind test(, describe(, each(…)( or alone. */
const TITLE = /(?:\b(?:test|describe|it)(?:\.\w+)*\(|\)\(|^\s*)(['"`])((?:(?!\1).|\\\1)*)\1/

export interface Guard {
  file: string
  title: string
}

export const idsQuotedIn = (text: string): string[] =>
  [...text.matchAll(QUOTE)].flatMap(([, ids = '']) => ids.split(',').map((id) => id.trim()))

/** The tests whose titles quote a rule, by the rule's id. */
export function guardsById(): Map<string, Guard[]> {
  const guards = new Map<string, Guard[]>()
  for (const file of filesEndingIn(/\.test\.tsx?$/)) {
    for (const line of readText(file).split('\n')) {
      const title = TITLE.exec(line)?.[2]
      if (title === undefined) continue
      const plain = plainTitle(title)
      for (const id of new Set(idsQuotedIn(title)))
        guards.set(id, [...(guards.get(id) ?? []), { file, title: plain }])
    }
  }
  return guards
}

const plainTitle = (title: string): string =>
  title
    .replace(QUOTE, '')
    .replace(/ ?\(seed \$\{\w+\}\)/, '')
    .replace(/\\(['"`])/g, '$1')
    .replace(/\s+/g, ' ')
    .trim()

/** The rules of the specification in their order: id and the text under its heading. */
export function rulesOf(spec: string): { id: string; text: string }[] {
  return spec
    .split(/^### /m)
    .slice(1)
    .map((text) => ({ id: text.split(' ')[0] ?? '', text }))
}

/** The specification with its lists of tests made anew. */
export function withGuards(spec: string, guards: ReadonlyMap<string, Guard[]>): string {
  return spec.replace(/^### (\w+) [\s\S]*?^Tests:.*\n(?:\n?- .*\n)*/gm, (rule, id: string) => {
    const head = rule.slice(0, rule.search(/^Tests:/m))
    const list = (guards.get(id) ?? []).map(({ file, title }) => `- \`${file}\`: ${title}\n`)
    return list.length === 0 ? `${head}Tests: not guarded yet\n` : `${head}Tests:\n\n${list.join('')}`
  })
}
