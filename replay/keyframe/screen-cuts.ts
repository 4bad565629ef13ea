import { EscapeParser, type TerminalParts } from '../escape-sequences.js'
import { readSize } from '../fold/terminal.js'
import type { TerminalChunk } from '../state.js'

/** A place in the output: in the chunk with this number, from 0, behind so many of its UTF-16 units. */
export interface ScreenCut {
  readonly chunk: number
  readonly units: number
  readonly isCursorHidden: boolean
}

/**
 * Finds the places in what a terminal prints at which its screen says all there is to say: no sequence is open, and
 * nothing is in force that a written-down screen does not have (other character sets, a scrolling region, a saved cursor,
 * tab stops, origin mode). A screen that is stored there and fed what follows becomes what it would have become, but for
 * a program that restores a cursor a second time without having saved it again.
 */
export class ScreenCuts {
  private readonly parser = new EscapeParser()
  private chunks = 0
  private rows = 24
  private special = new Set<string>()
  private hidden = false
  private last: ScreenCut | null = null

  /** The last such place; null where there was none. */
  get lastCut(): ScreenCut | null {
    return this.last
  }

  read(chunk: TerminalChunk): void {
    if (chunk.channel === 'r') this.rows = readSize(chunk.data).rows
    else this.parser.feed(chunk.data, this.parts)
    this.chunks++
  }

  /** What lies before the last cut was written down: of what was read, so many chunks are left. */
  forget(chunksLeft: number): void {
    this.chunks = chunksLeft
    this.last = null
  }

  private readonly parts: TerminalParts = {
    print: () => {},
    payload: () => {},
    control: (code, at) => {
      if (code === SHIFT_OUT) this.special.add('shift')
      else if (code === SHIFT_IN) this.special.delete('shift')
      // Behind a line's end, since what is printed next may belong to the character before it.
      else if (
        (code === LINE_FEED || code === CARRIAGE_RETURN) &&
        this.parser.isGround &&
        this.special.size === 0
      ) {
        this.last = { chunk: this.chunks, units: at + 1, isCursorHidden: this.hidden }
      }
    },
    csi: (parameters, final) => {
      if (final === 's' && parameters === '') this.special.add('saved')
      else if (final === 'u' && parameters === '') this.special.delete('saved')
      else if (final === 'g') this.special.add('tabs')
      else if (final === 'r' && /^[\d;]*$/.test(parameters)) this.region(parameters)
      else if (final === 'p' && parameters === '!') this.softReset()
      else if (/^\?/.test(parameters) && (final === 'h' || final === 'l')) {
        const modes = parameters.slice(1).split(';')
        if (modes.includes('25')) this.hidden = final === 'l'
        if (modes.includes('6')) this.mark('origin', final === 'h')
        if (modes.includes('1048')) this.mark('saved', final === 'h')
        // Entered by 1049 it remembers a cursor, and so does a screen that is written down; entered otherwise it does not.
        const isAlternate = modes.includes('47') || modes.includes('1047')
        if (final === 'h' ? isAlternate : isAlternate || modes.includes('1049'))
          this.mark('alternate', final === 'h')
      }
    },
    escape: (intermediates, final) => {
      if (intermediates === '') {
        if (final === '7') this.special.add('saved')
        else if (final === '8') this.special.delete('saved')
        else if (final === 'H') this.special.add('tabs')
        else if ('no|}~'.includes(final)) this.special.add('shift')
        else if (final === 'c') this.reset()
      } else if ('()*+-./'.includes(intermediates)) this.mark(`charset${intermediates}`, final !== 'B')
    },
  }

  private region(parameters: string): void {
    const [top = 0, bottom = 0] = parameters.split(';').map(Number)
    this.mark('region', top > 1 || (bottom > 0 && bottom < this.rows))
  }

  private softReset(): void {
    this.hidden = false
    for (const what of [...this.special]) if (what !== 'tabs') this.special.delete(what)
  }

  private reset(): void {
    this.hidden = false
    this.special.clear()
  }

  private mark(what: string, isSet: boolean): void {
    if (isSet) this.special.add(what)
    else this.special.delete(what)
  }
}

const [SHIFT_OUT, SHIFT_IN, LINE_FEED, CARRIAGE_RETURN] = [0x0e, 0x0f, 0x0a, 0x0d]
