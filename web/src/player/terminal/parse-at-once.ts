import type { Terminal } from '@xterm/xterm'

/**
 * Writes a text that is parsed now, and so drawn in the frame of what else changed; `done` is called before this returns, unless
 * something else is being written. Else xterm waits for a task of its own, which comes behind the drawing of that frame, and
 * shows the screen one later. It parses at once what answers a key, so it is told of one that types nothing; for that it also
 * takes away what the viewer has selected. A terminal that takes no input is not told.
 */
export function parseAtOnce(
  terminal: Pick<Terminal, 'input' | 'write'>,
  data: string,
  done: () => void,
): void {
  terminal.input('', true)
  withScrollbarLater(terminal, () => terminal.write(data, done))
}

interface WithViewport {
  _core?: { _viewport?: { _isSyncing: boolean; _sync(): void } }
}

/**
 * The scrollbar is brought up to date once, behind all lines, and not with each: that takes half of the time of printing. No
 * name for it is public; where there is none of this name, it is as slow as it was.
 */
function withScrollbarLater(terminal: object, act: () => void): void {
  const viewport = (terminal as WithViewport)._core?._viewport
  if (viewport?._isSyncing !== false || typeof viewport._sync !== 'function') {
    act()
    return
  }
  viewport._isSyncing = true
  try {
    act()
  } finally {
    viewport._isSyncing = false
    viewport._sync()
  }
}
