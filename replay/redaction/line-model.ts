import { findNeedles, type Needles } from './needles.js'
import type { MarkPlace } from './text-tail.js'
import type { Run } from './traced-text.js'

/** One character in a line: where it came from, and what was printed over before with the same character. */
interface Cell {
  readonly char: string
  readonly seq: number
  readonly field: string
  readonly at: number
  readonly before: Cell | null
  readonly depth: number
}

const BLANK: Cell = { char: ' ', seq: 0, field: '', at: 0, before: null, depth: 0 }
const MAX_CELLS = 8192
/** A shell that colours as one types prints the whole word again at each key. */
const MAX_PRINTED_OVER = 512

/**
 * The line at the cursor, as a terminal shows it or as a line editor holds it: what somebody types with corrections
 * in between stands there whole in the end. Screens that are painted by moving over rows are not followed.
 */
export class LineModel {
  #cells: Cell[] = []
  #column = 0

  /** @param inserts typing pushes what is behind along (what is typed), instead of printing over (what is shown) */
  constructor(
    private readonly needles: Needles,
    private readonly mark: MarkPlace,
    private readonly inserts: boolean,
  ) {}

  print({ seq, field, at, text }: Run): void {
    for (let start = 0; start < text.length; start += MAX_CELLS / 2) {
      this.#put(seq, field, at + start, text.slice(start, start + MAX_CELLS / 2))
    }
  }

  #put(seq: number, field: string, at: number, text: string): void {
    if (this.#column + text.length > MAX_CELLS) this.#forgetStart()
    const from = this.#column
    const cells = Array.from({ length: text.length }, (_, i): Cell => {
      const old = this.inserts ? undefined : this.#cells[from + i]
      const char = text.charAt(i)
      const same = old !== undefined && old !== BLANK && old.char === char && old.depth < MAX_PRINTED_OVER
      return { char, seq, field, at: at + i, before: same ? old : null, depth: same ? old.depth + 1 : 0 }
    })
    this.#cells.splice(from, this.inserts ? 0 : cells.length, ...cells)
    this.#column += cells.length
    this.#look(from, this.#column)
  }

  newLine(): void {
    this.#cells = []
    this.#column = 0
  }

  toColumn(column: number): void {
    const most = this.inserts ? this.#cells.length : MAX_CELLS / 2
    this.#column = Math.min(Math.max(column, 0), most)
    while (this.#cells.length < this.#column) this.#cells.push(BLANK)
  }

  move(by: number): void {
    this.toColumn(this.#column + by)
  }

  toEnd(): void {
    this.#column = this.#cells.length
  }

  /** Deletes so many characters at the cursor; what is behind moves up. */
  delete(count: number): void {
    this.#cells.splice(this.#column, count)
    this.#look(this.#column, this.#column)
  }

  deleteBefore(count: number): void {
    const deleted = Math.min(count, this.#column)
    this.#column -= deleted
    this.delete(deleted)
  }

  /** Makes room for so many characters at the cursor. */
  insertBlanks(count: number): void {
    const blanks = new Array(Math.min(count, MAX_CELLS / 2)).fill(BLANK)
    this.#cells.splice(this.#column, 0, ...blanks)
    this.#cells.length = Math.min(this.#cells.length, MAX_CELLS)
  }

  erase(from: number, to: number): void {
    if (to >= this.#cells.length) this.#cells.length = Math.min(from, this.#cells.length)
    else this.#cells.fill(BLANK, from, to)
  }

  get column(): number {
    return this.#column
  }

  #look(from: number, to: number): void {
    const reach = Math.max(0, this.needles.maxUnits - 1)
    const start = Math.max(0, from - reach)
    const cells = this.#cells.slice(start, to + reach)
    const text = cells.map((cell) => cell.char).join('')
    findNeedles(this.needles, text, (a, b) => {
      for (const cell of cells.slice(a, b)) this.#markAll(cell)
    })
  }

  #markAll(cell: Cell): void {
    for (let one: Cell | null = cell; one !== null; one = one.before) {
      if (one !== BLANK) this.mark(one.seq, one.field, one.at, one.at + 1)
    }
  }

  #forgetStart(): void {
    const keep = Math.min(this.#column, this.needles.maxUnits)
    this.#cells = this.#cells.slice(this.#column - keep, this.#column)
    this.#column = keep
  }
}
