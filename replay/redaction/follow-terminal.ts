import { EscapeParser, type TerminalParts } from '../escape-sequences.js'
import { LineModel } from './line-model.js'
import type { Needles } from './needles.js'
import { type MarkPlace, TextTail } from './text-tail.js'
import type { Run } from './traced-text.js'

const [BACKSPACE, LINE_FEED, RETURN, DELETE] = [0x08, 0x0a, 0x0d, 0x7f]
const [CTRL_A, CTRL_C, CTRL_D, CTRL_E, CTRL_K, CTRL_U] = [0x01, 0x03, 0x04, 0x05, 0x0b, 0x15]

/**
 * One stream of a terminal, what it showed (`o`) or what was typed (`i`), over many events: finds the needles among
 * what is visible, whatever sequences stand in between, and marks visible characters alone.
 */
export class TerminalFollower {
  readonly #parser = new EscapeParser()
  readonly #visible: TextTail
  readonly #payload: TextTail
  readonly #line: LineModel

  constructor(
    needles: Needles,
    mark: MarkPlace,
    private readonly channel: 'o' | 'i',
  ) {
    const visible = needles.visible ?? needles
    this.#visible = new TextTail(visible, mark)
    this.#payload = new TextTail(visible, mark)
    this.#line = new LineModel(visible, mark, channel === 'i')
  }

  feed(seq: number, field: string, text: string): void {
    const run = (from: number, to: number): Run => ({ seq, field, at: from, text: text.slice(from, to) })
    const parts: TerminalParts = {
      print: (from, to) => {
        this.#visible.push(run(from, to))
        this.#line.print(run(from, to))
      },
      payload: (from, to) => this.#payload.push(run(from, to)),
      control: (code) => (this.channel === 'o' ? this.#shown(code) : this.#typed(code)),
      csi: (parameters, final) => this.#csi(parameters, final),
    }
    this.#parser.feed(text, parts)
  }

  #shown(code: number): void {
    if (code === BACKSPACE) this.#line.move(-1)
    else if (code === LINE_FEED) this.#line.newLine()
    else if (code === RETURN) {
      this.#visible.dropLastBlank()
      this.#line.toColumn(0)
    }
  }

  #typed(code: number): void {
    const line = this.#line
    if (code === BACKSPACE || code === DELETE) line.deleteBefore(1)
    else if (code === RETURN || code === LINE_FEED || code === CTRL_C) line.newLine()
    else if (code === CTRL_U) line.deleteBefore(line.column)
    else if (code === CTRL_K) line.delete(Number.MAX_SAFE_INTEGER)
    else if (code === CTRL_D) line.delete(1)
    else if (code === CTRL_A) line.toColumn(0)
    else if (code === CTRL_E) line.toEnd()
  }

  #csi(parameters: string, final: string): void {
    const line = this.#line
    const count = Math.max(1, Number.parseInt(parameters, 10) || 1)
    if (final === 'C') line.move(count)
    else if (final === 'D') line.move(-count)
    else if (this.channel === 'i') {
      if (final === 'H') line.toColumn(0)
      else if (final === 'F') line.toEnd()
      else if (final === '~' && parameters === '3') line.delete(1)
    } else if (final === 'G') line.toColumn(count - 1)
    else if (final === 'P') line.delete(count)
    else if (final === '@') line.insertBlanks(count)
    else if (final === 'X') line.erase(line.column, line.column + count)
    else if (final === 'K' || final === 'J') this.#erase(parameters)
    else if ('HfdABEF'.includes(final)) line.newLine()
  }

  #erase(parameters: string): void {
    const whole = Number.MAX_SAFE_INTEGER
    if (parameters === '1') this.#line.erase(0, this.#line.column)
    else this.#line.erase(parameters === '' || parameters === '0' ? this.#line.column : 0, whole)
  }
}

/** Finds needles in one text that may hold escape sequences, among what is visible. */
export function findVisible(needles: Needles, text: string, found: (from: number, to: number) => void): void {
  const follower = new TerminalFollower(needles, (_seq, _field, from, to) => found(from, to), 'o')
  follower.feed(1, '', text)
}
