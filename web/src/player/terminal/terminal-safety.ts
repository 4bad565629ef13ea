import type { Terminal } from '@xterm/xterm'
import { boundRepeats } from '../../../../replay/index.js'

/**
 * Operating system commands that a program may send to a terminal: titles (0, 1, 2), palette and colours (4,
 * 10–19, 104, 110–119), links (8), notifications (9, 99, 777), the clipboard (52) and vendors' own. A viewer has
 * use for none of them, and each reaches out of the text: all are read and dropped.
 */
const OSC_COMMANDS = [
  ...[0, 1, 2, 4, 5, 6, 7, 8, 9, 22, 50, 51, 52, 99, 104, 105, 133, 633, 777, 1337],
  ...Array.from({ length: 10 }, (_, i) => 10 + i),
  ...Array.from({ length: 10 }, (_, i) => 110 + i),
]

/** Mouse and focus reporting: they would take the viewer's wheel and selection away. */
const INPUT_MODES = new Set([9, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1015, 1016])

/** Makes a terminal show text and nothing else. What a recording holds was written by an adversary. */
export function restrict(terminal: Terminal): void {
  const drop = () => true
  boundRepeats(terminal)
  for (const command of OSC_COMMANDS) terminal.parser.registerOscHandler(command, drop)
  // Window manipulation, and device control strings: queries and uploads of the program's own.
  terminal.parser.registerCsiHandler({ final: 't' }, drop)
  terminal.parser.registerDcsHandler({ intermediates: '$', final: 'q' }, drop)
  terminal.parser.registerCsiHandler({ prefix: '?', final: 'h' }, (params) => {
    const taken = params.filter((mode) => typeof mode === 'number' && INPUT_MODES.has(mode))
    if (taken.length === params.length) return true
    // Among others they can't be left out, so they are taken back behind what is being written.
    if (taken.length > 0) terminal.write(`\x1b[?${taken.join(';')}l`)
    return false
  })
}
