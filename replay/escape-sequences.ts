/** What a terminal makes of what it is fed, in order. Offsets count within the text given last. */
export interface TerminalParts {
  /** Characters that go to the screen. */
  print(from: number, to: number): void
  /** Text inside a sequence that never shows there by itself: a window's title, a link, an image. */
  payload(from: number, to: number): void
  /** A control character, by its code. */
  control(code: number, at: number): void
  /** `CSI parameters final`: moving, erasing, colours. */
  csi(parameters: string, final: string): void
  /** `ESC intermediates final`, all that is none of the above: charsets, saving the cursor, resetting. */
  escape?(intermediates: string, final: string): void
}

type State = 'ground' | 'escape' | 'charset' | 'csi' | 'osc' | 'string'

const [ESC, CSI_8, OSC_8, ST_8] = [0x1b, 0x9b, 0x9d, 0x9c]
const [BEL, CAN, SUB, DEL] = [0x07, 0x18, 0x1a, 0x7f]
const STRINGS_8 = new Set([0x90, 0x98, 0x9e, 0x9f])
const MAX_PARAMETERS_CHARS = 64

/** Tells what shows from what steers, over however many pieces the text comes in (ECMA-48 as xterm reads it). */
export class EscapeParser {
  #state: State = 'ground'
  #parameters = ''
  /** The number before an OSC's first `;` says what it does, and is no text. */
  #oscNumber = false

  /** Whether what comes next stands by itself, and is no part of a sequence that has begun. */
  get isGround(): boolean {
    return this.#state === 'ground'
  }

  feed(text: string, parts: TerminalParts): void {
    let at = 0
    while (at < text.length) {
      if (this.#state === 'ground') at = this.#ground(text, at, parts)
      else if (this.#state === 'osc' || this.#state === 'string') at = this.#payload(text, at, parts)
      else this.#sequence(text.charCodeAt(at), text.charAt(at), at++, parts)
    }
  }

  #ground(text: string, at: number, parts: TerminalParts): number {
    let end = at
    while (end < text.length && !isControl(text.charCodeAt(end))) end++
    if (end > at) parts.print(at, end)
    if (end === text.length) return end
    const code = text.charCodeAt(end)
    if (!this.#begins(code)) parts.control(code, end)
    return end + 1
  }

  /** Whether a control character begins a sequence, wherever it comes. */
  #begins(code: number): boolean {
    if (code === ESC) this.#enter('escape')
    else if (code === CSI_8) this.#enter('csi')
    else if (code === OSC_8) this.#enter('osc')
    else if (STRINGS_8.has(code)) this.#enter('string')
    else return false
    return true
  }

  #enter(state: State): void {
    this.#state = state
    this.#parameters = ''
    this.#oscNumber = state === 'osc'
  }

  #payload(text: string, at: number, parts: TerminalParts): number {
    let end = at
    while (end < text.length && !isControl(text.charCodeAt(end))) {
      if (!this.#oscNumber) {
        end++
        continue
      }
      const code = text.charCodeAt(end)
      this.#oscNumber = code >= 0x30 && code <= 0x39
      end++
      at = end
      // What is not `number;` is text from its first character on.
      if (!this.#oscNumber && code !== 0x3b) at--
    }
    if (end > at) parts.payload(at, end)
    if (end === text.length) return end
    const code = text.charCodeAt(end)
    if (code === BEL || code === ST_8 || code === CAN || code === SUB) this.#state = 'ground'
    else this.#begins(code)
    return end + 1
  }

  #escape(code: number, char: string, parts: TerminalParts): void {
    if (code < 0x30) {
      this.#state = 'charset'
      if (this.#parameters.length < MAX_PARAMETERS_CHARS) this.#parameters += char
      return
    }
    this.#state = 'ground'
    parts.escape?.(this.#parameters, char)
  }

  #sequence(code: number, char: string, at: number, parts: TerminalParts): void {
    if (isControl(code)) {
      if (code === CAN || code === SUB) this.#state = 'ground'
      else if (!this.#begins(code)) parts.control(code, at)
    } else if (this.#state === 'escape') {
      if (char === '[') this.#enter('csi')
      else if (char === ']') this.#enter('osc')
      else if ('PX^_'.includes(char)) this.#enter('string')
      else this.#escape(code, char, parts)
    } else if (this.#state === 'charset') {
      this.#escape(code, char, parts)
    } else if (code < 0x40) {
      if (this.#parameters.length < MAX_PARAMETERS_CHARS) this.#parameters += char
    } else {
      this.#state = 'ground'
      if (code < DEL) parts.csi(this.#parameters, char)
      else parts.print(at, at + 1)
    }
  }
}

const isControl = (code: number): boolean => code < 0x20 || (code >= DEL && code < 0xa0)
