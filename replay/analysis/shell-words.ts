/** Longer lines are read so far; a category needs the beginnings of commands only. */
const MAX_LINE_UNITS = 16 * 1024
const MAX_NESTING = 8

/** Words between which a command begins anew, and which are no command themselves. */
const KEYWORDS = new Set(
  'if then elif else fi for in do done while until case esac function select { } ! [[ ]]'.split(' '),
)
const OPENS_A_LIST = new Set(['for', 'case', 'select', 'function'])

/**
 * The simple commands of a shell line, each as its words without quotes and redirections: those between pipes,
 * `&&`, `||`, `;`, `&` and line ends, in subshells, in `$( )` and backticks. Not a shell: it expands nothing, and
 * a line that no shell would take still gives what can be read of it.
 */
export function commandsIn(line: string): string[][] {
  const commands: string[][] = []
  read(line.slice(0, MAX_LINE_UNITS), commands, 0)
  return commands
}

function read(text: string, commands: string[][], depth: number): void {
  let words: string[] = []
  let word: string | null = null
  /** What stands behind `<` or `>` is a file, not an argument. */
  let redirected = false
  const heredocs: string[] = []
  let isHeredoc = false

  function endWord(): void {
    if (word === null) return
    if (isHeredoc) heredocs.push(word)
    else if (!redirected) words.push(word)
    redirected = false
    isHeredoc = false
    word = null
  }
  function endCommand(): void {
    endWord()
    redirected = false
    let start = 0
    while (start < words.length && KEYWORDS.has(words[start] as string)) {
      // `for x in a b c` and `case x in` hold no command up to `do` or the first pattern.
      if (OPENS_A_LIST.has(words[start] as string)) start = words.length
      else start++
    }
    if (start < words.length) commands.push(words.slice(start))
    words = []
  }
  function nested(inner: string): void {
    if (depth < MAX_NESTING) read(inner, commands, depth + 1)
    word = word ?? ''
  }

  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string
    const next = text[i + 1]
    if (c === '\\' && isWindowsPath(word) && /[\w.]/.test(next ?? '')) word += c
    else if (c === '\\') {
      if (next !== '\n') word = (word ?? '') + (next ?? '')
      i++
    } else if (c === "'") {
      const end = endOf(text, i, "'")
      word = (word ?? '') + text.slice(i + 1, end)
      i = end
    } else if (c === '"') {
      const end = endOfDoubleQuote(text, i)
      const inner = text.slice(i + 1, end)
      for (const substitution of substitutionsIn(inner)) nested(substitution)
      word = (word ?? '') + inner.replace(/\\(["\\$`])/g, '$1')
      i = end
    } else if (c === '`') {
      const end = endOf(text, i, '`')
      nested(text.slice(i + 1, end))
      i = end
    } else if (c === '$' && next === '(') {
      const end = endOfParenthesis(text, i + 1)
      nested(text.slice(i + 2, end))
      i = end
    } else if ((c === '<' || c === '>') && next === '(') {
      const end = endOfParenthesis(text, i + 1)
      nested(text.slice(i + 2, end))
      i = end
    } else if (c === '<' || c === '>') {
      // `2>` redirects file 2; the number is no argument.
      if (word !== null && /^\d$/.test(word)) word = null
      endWord()
      const operator = /^(?:<<<|<<-?|>>|>&|<&|>\||<>|[<>])/.exec(text.slice(i, i + 3))?.[0] ?? c
      isHeredoc = operator === '<<' || operator === '<<-'
      redirected = !isHeredoc
      i += operator.length - 1
    } else if (c === '&' && next === '>') {
      endWord()
      redirected = true
      i += text[i + 2] === '>' ? 2 : 1
    } else if (c === '#' && word === null) {
      i = endOf(text, i, '\n') - 1
    } else if (c === '\n') {
      endCommand()
      for (const delimiter of heredocs.splice(0)) i = endOfHeredoc(text, i, delimiter)
    } else if (c === ' ' || c === '\t' || c === '\r') endWord()
    else if (';|&()'.includes(c)) endCommand()
    else word = (word ?? '') + c
  }
  endCommand()
}

/** `.\\gradlew.bat`, `C:\\Python\\python.exe`: what a backslash separates in no shell but those of Windows. */
const isWindowsPath = (word: string | null): word is string =>
  word !== null && /^(\.{1,2}|[A-Za-z]:)(\\[^\\]*)*$/.test(word)

/** Where the next `mark` behind `from` stands, or the end. */
function endOf(text: string, from: number, mark: string): number {
  const end = text.indexOf(mark, from + 1)
  return end < 0 ? text.length : end
}

function endOfDoubleQuote(text: string, from: number): number {
  for (let i = from + 1; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '$' && text[i + 1] === '(') i = endOfParenthesis(text, i + 1)
    else if (text[i] === '"') return i
  }
  return text.length
}

function endOfParenthesis(text: string, from: number): number {
  let depth = 0
  for (let i = from; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === "'") i = endOf(text, i, "'")
    else if (text[i] === '(') depth++
    else if (text[i] === ')' && --depth === 0) return i
  }
  return text.length
}

function substitutionsIn(quoted: string): string[] {
  const found: string[] = []
  for (let i = 0; i < quoted.length; i++) {
    if (quoted[i] === '\\') i++
    else if (quoted[i] === '`' || (quoted[i] === '$' && quoted[i + 1] === '(')) {
      const isTick = quoted[i] === '`'
      const end = isTick ? endOf(quoted, i, '`') : endOfParenthesis(quoted, i + 1)
      found.push(quoted.slice(i + (isTick ? 1 : 2), end))
      i = end
    }
  }
  return found
}

/** The place of the line end behind the heredoc's last line; `from` is the line end before its first. */
function endOfHeredoc(text: string, from: number, delimiter: string): number {
  for (let start = from + 1; start <= text.length; ) {
    const end = text.indexOf('\n', start)
    const line = text.slice(start, end < 0 ? text.length : end)
    if (line.trim() === delimiter || end < 0) return end < 0 ? text.length : end
    start = end + 1
  }
  return text.length
}
