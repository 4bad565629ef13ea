/** Of a terminal of xterm.js, with a page or without one: what is needed here. */
export interface GuardedTerminal {
  readonly parser: {
    registerCsiHandler(id: { final: string }, handler: (params: (number | number[])[]) => boolean): unknown
  }
}

export interface WritableTerminal {
  write(data: string, done?: () => void): void
}

/** A line that is moved costs what some thirty cells do that are printed (measured with xterm.js 6). */
const LINE_COST = 32
const COSTS: Readonly<Record<string, number>> = {
  L: LINE_COST,
  M: LINE_COST,
  S: LINE_COST,
  T: LINE_COST,
  I: 1,
  Z: 1,
  b: 1,
}
/** What each sequence may cost in the long run: moving half of a high screen, or printing a wide one's line. */
const USUAL_COST = 1024
/** What has not been used is kept up to here: what a program does in a burst is far below. */
const MOST_COST = 640_000

/**
 * Holds a terminal to a work that goes with the length of what it is given. Control sequences that repeat a step
 * (insert, delete and scroll lines, tabulate, repeat a character) do so as often as they say, and xterm.js counts to two
 * milliards where thirteen characters ask for it. What asks for far more than any program does is dropped, and nothing else.
 */
export function boundRepeats({ parser }: GuardedTerminal): void {
  let left = MOST_COST
  for (const [final, cost] of Object.entries(COSTS)) {
    parser.registerCsiHandler({ final }, ([count]) => {
      left = Math.min(MOST_COST, left + USUAL_COST)
      const wanted = (typeof count === 'number' ? count : 1) * cost
      const isTooMuch = wanted > left
      if (!isTooMuch) left -= wanted
      // True: it has been dealt with.
      return isTooMuch
    })
  }
}

/** Between two of them a terminal that took long lets the page, or the process, do something else. */
const PIECE_CHARS = 8192

/** Writes a text of any length; `done` when all of it is on the screen. */
export function writeInPieces(terminal: WritableTerminal, data: string, done: () => void): void {
  let from = 0
  for (; data.length - from > PIECE_CHARS; from += PIECE_CHARS)
    terminal.write(data.slice(from, from + PIECE_CHARS))
  terminal.write(data.slice(from), done)
}
