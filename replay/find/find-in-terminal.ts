import { EscapeParser } from '../escape-sequences.js'
import { excerptOf, type FindExcerpt } from './hits.js'
import type { Pattern } from './pattern.js'

/** So much of what was printed stays, for matches over several pieces and for what is around them. */
const KEPT_CHARS = 200
const [BACKSPACE, LINE_FEED, CARRIAGE_RETURN, TAB] = [0x08, 0x0a, 0x0d, 0x09]

/**
 * Finds a text in what a terminal printed, over however many pieces it came in, without its escape sequences. What
 * was printed over another place of the screen starts a line of its own.
 */
export class FindInTerminal {
  private readonly parser = new EscapeParser()
  /** The end of what was printed. */
  private printed = ''
  /** What lies before this, in `printed`, was found or looked at already. */
  private lookedAt = 0

  constructor(private readonly pattern: Pattern) {}

  /** Whether a piece of output completes a match; the first one. */
  add(piece: string): FindExcerpt | null {
    const parts: string[] = [this.printed]
    this.parser.feed(piece, {
      print: (from, to) => parts.push(piece.slice(from, to)),
      payload: () => {},
      control: (code) => {
        if (code === LINE_FEED || code === CARRIAGE_RETURN) parts.push('\n')
        else if (code === TAB) parts.push('\t')
        // A shell takes a typed character back so.
        else if (code === BACKSPACE) parts.push((parts.pop() ?? '').slice(0, -1))
      },
      csi: (_, final) => {
        if ('ABEFGHdf'.includes(final)) parts.push('\n')
      },
    })
    const text = parts.join('')
    const at = this.pattern.indexIn(text, Math.min(this.lookedAt, text.length))
    const found = at < 0 ? null : excerptOf(text, at, at + this.pattern.length)
    this.keep(text, at < 0 ? 0 : at + this.pattern.length)
    return found
  }

  private keep(text: string, foundTo: number): void {
    const kept = Math.max(KEPT_CHARS, this.pattern.length)
    const cut = Math.max(0, text.length - kept)
    this.printed = text.slice(cut)
    // A match may begin within what is kept, but not twice, and not before the end of one that was told.
    this.lookedAt = Math.max(0, foundTo - cut, text.length - cut - this.pattern.length + 1)
  }
}

/** A text without escape sequences and control characters. */
export function withoutEscapes(text: string): string {
  const parts: string[] = []
  new EscapeParser().feed(text, {
    print: (from, to) => parts.push(text.slice(from, to)),
    payload: () => {},
    control: (code) => {
      if (code === LINE_FEED) parts.push('\n')
      else if (code === TAB) parts.push('\t')
    },
    csi: () => {},
  })
  return parts.join('')
}
