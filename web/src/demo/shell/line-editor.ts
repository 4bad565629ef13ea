import { placeAfter } from './cells.js'

/** What the user has asked for by a key that is not about the line itself. */
export type LineAction =
  | { kind: 'submit'; line: string }
  | { kind: 'interrupt' }
  | { kind: 'complete'; before: string }
  | { kind: 'clear' }
  | { kind: 'leave' }

export interface LineEditorOptions {
  /** As it is printed; colours and all. */
  prompt: string
  columns: () => number
  write: (text: string) => void
  history: readonly string[]
}

/**
 * The line that is being typed, with the keys of a shell: what a terminal sends goes in, what the terminal is to show
 * comes out. One for each line.
 */
export class LineEditor {
  #text = ''
  /** In UTF-16 units of the text. */
  #caret = 0
  /** Rows between the prompt's and the cursor's, on a line that wraps. */
  #cursorRow = 0
  /** Place in the history; its length: the line itself. */
  #place: number
  #unsent = ''

  constructor(private readonly options: LineEditorOptions) {
    this.#place = options.history.length
  }

  /** Shows the prompt, and the line if there is one already. */
  start(): void {
    this.#redraw()
  }

  /** Draws the line anew on an empty screen, or below what was printed. */
  restart(): void {
    this.#cursorRow = 0
    this.#redraw()
  }

  /** Leaves the line as it stands on screen, with `mark` behind it and the cursor on the next row. */
  end(mark = ''): void {
    this.#moveTo(this.#text.length)
    this.options.write(`${mark}\r\n`)
  }

  /** Takes one key. */
  press(key: string): LineAction | null {
    switch (key) {
      case '\r':
      case '\n':
        return { kind: 'submit', line: this.#text }
      case '\u0003':
        return { kind: 'interrupt' }
      case '\t':
        return { kind: 'complete', before: this.#text.slice(0, this.#caret) }
      case '\u000c':
        return { kind: 'clear' }
      case '\u0004':
        if (this.#text === '') return { kind: 'leave' }
        this.#remove(this.#caret, nextPlace(this.#text, this.#caret))
        return null
      default:
        this.#edit(key)
        return null
    }
  }

  insert(text: string): void {
    const { columns, write } = this.options
    const atEnd = this.#caret === this.#text.length
    this.#text = this.#text.slice(0, this.#caret) + text + this.#text.slice(this.#caret)
    this.#caret += text.length
    // What is typed at the end, where nothing wraps, needs no drawing of the whole line.
    const { row, column } = placeAfter(this.#plainPrompt + this.#text, columns())
    if (atEnd && row === this.#cursorRow && column > 0) write(text)
    else this.#redraw()
  }

  #edit(key: string): void {
    const text = this.#text
    const caret = this.#caret
    const act = EDITS[key]
    if (act !== undefined) {
      const { caret: to, remove } = act(text, caret)
      if (remove !== undefined) this.#remove(...remove)
      else this.#moveTo(to ?? caret)
    } else if (key === UP || key === '\u0010') this.#recall(this.#place - 1)
    else if (key === DOWN || key === '\u000e') this.#recall(this.#place + 1)
    else if (!/^\p{Cc}/u.test(key)) this.insert(key)
  }

  #recall(place: number): void {
    const { history } = this.options
    if (place < 0 || place > history.length) return
    if (this.#place === history.length) this.#unsent = this.#text
    this.#place = place
    this.#text = history[place] ?? this.#unsent
    this.#caret = this.#text.length
    this.#redraw()
  }

  #moveTo(caret: number): void {
    if (caret === this.#caret) return
    this.#caret = caret
    this.#redraw()
  }

  #remove(from: number, to: number): void {
    if (from >= to) return
    this.#text = this.#text.slice(0, from) + this.#text.slice(to)
    this.#caret = from
    this.#redraw()
  }

  #redraw(): void {
    const { prompt, columns, write } = this.options
    const end = placeAfter(this.#plainPrompt + this.#text, columns())
    const cursor = placeAfter(this.#plainPrompt + this.#text.slice(0, this.#caret), columns())
    const up = (rows: number) => (rows > 0 ? `\u001b[${rows}A` : '')
    // A row that is just full keeps the cursor on it until something follows.
    const wrapped = end.row > 0 && end.column === 0 ? ' \b' : ''
    const back = end.row === cursor.row && end.column === cursor.column
    write(
      `${up(this.#cursorRow)}\r\u001b[J${prompt}${this.#text}${wrapped}` +
        (back ? '' : `${up(end.row - cursor.row)}\r${cursor.column > 0 ? `\u001b[${cursor.column}C` : ''}`),
    )
    this.#cursorRow = cursor.row
  }

  get #plainPrompt(): string {
    return this.options.prompt.replace(COLOURS, '')
  }
}

const ESC = '\u001b'
const COLOURS = new RegExp(`${ESC}\\[[0-9;]*m`, 'g')
const UP = '\u001b[A'
const DOWN = '\u001b[B'

interface Edit {
  caret?: number
  remove?: [from: number, to: number]
}

const toPrevious = (text: string, caret: number): Edit => ({ caret: previousPlace(text, caret) })
const toNext = (text: string, caret: number): Edit => ({ caret: nextPlace(text, caret) })
const toStart = (): Edit => ({ caret: 0 })
const toEnd = (text: string): Edit => ({ caret: text.length })
const byWordBack = (text: string, caret: number): Edit => ({ caret: wordStart(text, caret) })
const byWord = (text: string, caret: number): Edit => ({ caret: wordEnd(text, caret) })
const removeBack = (text: string, caret: number): Edit => ({ remove: [previousPlace(text, caret), caret] })
const removeWord = (text: string, caret: number): Edit => ({ remove: [wordStart(text, caret), caret] })

const EDITS: Record<string, (text: string, caret: number) => Edit> = {
  '\u007f': removeBack,
  '\b': removeBack,
  '\u001b[3~': (text, caret) => ({ remove: [caret, nextPlace(text, caret)] }),
  '\u0015': (_, caret) => ({ remove: [0, caret] }),
  '\u000b': (text, caret) => ({ remove: [caret, text.length] }),
  '\u0017': removeWord,
  '\u001b\u007f': removeWord,
  '\u001b[D': toPrevious,
  '\u0002': toPrevious,
  '\u001b[C': toNext,
  '\u0006': toNext,
  '\u001b[H': toStart,
  '\u001bOH': toStart,
  '\u0001': toStart,
  '\u001b[F': toEnd,
  '\u001bOF': toEnd,
  '\u0005': toEnd,
  '\u001b[1;5D': byWordBack,
  '\u001bb': byWordBack,
  '\u001b[1;5C': byWord,
  '\u001bf': byWord,
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** One character back, as people see characters: an emoji of several code points goes at once. */
function previousPlace(text: string, caret: number): number {
  let last = 0
  for (const { index } of graphemes.segment(text.slice(0, caret))) last = index
  return last
}

function nextPlace(text: string, caret: number): number {
  for (const { segment } of graphemes.segment(text.slice(caret))) return caret + segment.length
  return text.length
}

const wordStart = (text: string, caret: number): number => text.slice(0, caret).replace(/\S+\s*$/, '').length
const wordEnd = (text: string, caret: number): number =>
  caret + (/^\s*\S+/.exec(text.slice(caret))?.[0].length ?? text.length - caret)

const KEYS = new RegExp(`${ESC}(?:\\[[0-9;]*[A-Za-z~]|O[A-Za-z]|[^[O])?|\\p{Cc}|\\P{Cc}+`, 'gu')

/** What a terminal sends, key by key: escape sequences stay whole, and so does text without line ends. */
export const keysOf = (data: string): string[] => data.replaceAll('\r\n', '\r').match(KEYS) ?? []
