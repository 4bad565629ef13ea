import type { Terminal } from '@xterm/xterm'

/**
 * Whatever `write` writes is parsed now, some 12 ms of it, and so drawn in the frame of what else changed. Else xterm waits for a
 * task of its own, which comes behind the drawing of that frame, and shows the screen one later. It does so for what answers a
 * key, so it is told of one that types nothing. For that it also takes away what the viewer has selected. The terminal must take
 * input, or it is not told.
 */
export function parseAtOnce(terminal: Pick<Terminal, 'input' | 'write'>, write: () => void): void {
  terminal.input('', true)
  // Within the parsing of nothing: what is added there is parsed with it, however many pieces it is.
  terminal.write('', write)
}
