/** A line of the shell: pipelines with what decides whether the next one runs. */
export interface Line {
  steps: { pipeline: Stage[]; when: 'always' | 'after success' | 'after failure' }[]
}

export interface Stage {
  words: Word[]
  redirect: { to: Word; append: boolean } | null
}

/** A word in parts: only what is not quoted is looked at for `*`, only what is not in single quotes for `$`. */
export type Word = { text: string; quote: 'none' | 'single' | 'double' }[]

/** What the line says wrong, in the words of a shell. */
export class ShellSyntaxError extends Error {
  override readonly name = 'ShellSyntaxError'
}

type Token = { kind: 'word'; word: Word } | { kind: 'operator'; text: string }

const OPERATORS = ['&&', '||', '>>', '|', ';', '>', '<', '&'] as const

/** @throws ShellSyntaxError */
export function parseLine(text: string): Line {
  const line: Line = { steps: [] }
  let when: Line['steps'][number]['when'] = 'always'
  let pipeline: Stage[] = []
  let stage: Stage = { words: [], redirect: null }
  let redirecting: { append: boolean } | null = null

  const endStage = (before: string) => {
    if (redirecting !== null || (stage.words.length === 0 && stage.redirect === null))
      throw unexpected(before)
    pipeline.push(stage)
    stage = { words: [], redirect: null }
  }
  const isEmpty = () => pipeline.length === 0 && stage.words.length === 0 && stage.redirect === null
  for (const token of tokensOf(text)) {
    if (token.kind === 'word') {
      if (redirecting === null) stage.words.push(token.word)
      else stage.redirect = { to: token.word, append: redirecting.append }
      redirecting = null
      continue
    }
    const operator = token.text
    if (operator === '>' || operator === '>>') {
      if (redirecting !== null) throw unexpected(operator)
      redirecting = { append: operator === '>>' }
    } else if (operator === '|') endStage('|')
    else if (operator === '&&' || operator === '||' || operator === ';') {
      endStage(operator)
      line.steps.push({ pipeline, when })
      pipeline = []
      when = operator === ';' ? 'always' : operator === '&&' ? 'after success' : 'after failure'
    } else throw new ShellSyntaxError(`"${operator}" is not supported in this shell`)
  }
  if (isEmpty() && redirecting === null && when === 'always') return line
  endStage('newline')
  line.steps.push({ pipeline, when })
  return line
}

const unexpected = (token: string) => new ShellSyntaxError(`syntax error near unexpected token \`${token}'`)

/** @throws ShellSyntaxError where a quote is left open */
function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  let word: Word | null = null
  const add = (piece: string, quote: Word[number]['quote']) => {
    word ??= []
    const last = word.at(-1)
    if (last?.quote === quote) last.text += piece
    else word.push({ text: piece, quote })
  }
  const endWord = () => {
    if (word !== null) tokens.push({ kind: 'word', word })
    word = null
  }
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string
    const operator = OPERATORS.find((each) => text.startsWith(each, i))
    if (/\s/.test(char)) endWord()
    else if (char === '#' && word === null) break
    else if (operator !== undefined) {
      endWord()
      tokens.push({ kind: 'operator', text: operator })
      i += operator.length - 1
    } else if (char === "'") {
      const end = text.indexOf("'", i + 1)
      if (end < 0) throw openQuote("'")
      add(text.slice(i + 1, end), 'single')
      i = end
    } else if (char === '"') {
      const { piece, end } = doubleQuoted(text, i + 1)
      for (const { text: part, quote } of piece) add(part, quote)
      if (piece.length === 0) add('', 'double')
      i = end
    } else if (char === '\\') {
      // A backslash keeps the next character as it is.
      i++
      add(text[i] ?? '', 'single')
    } else add(char, 'none')
  }
  endWord()
  return tokens
}

function doubleQuoted(text: string, start: number): { piece: Word; end: number } {
  const piece: Word = []
  let plain = ''
  for (let i = start; i < text.length; i++) {
    const char = text[i] as string
    if (char === '"') {
      if (plain !== '') piece.push({ text: plain, quote: 'double' })
      return { piece, end: i }
    }
    if (char === '\\' && /["\\$`]/.test(text[i + 1] ?? '')) {
      if (plain !== '') piece.push({ text: plain, quote: 'double' })
      piece.push({ text: text[i + 1] as string, quote: 'single' })
      plain = ''
      i++
    } else plain += char
  }
  throw openQuote('"')
}

const openQuote = (quote: string) =>
  new ShellSyntaxError(`unexpected end of line while looking for matching \`${quote}'`)
