import serializer from '@xterm/addon-serialize'
import xterm from '@xterm/headless'
import { boundRepeats, type MakeScreen, type Screen, writeInPieces } from '../../replay/index.js'

/**
 * As far back as a viewer may scroll from a moment that was jumped to. A screen that becomes taller takes lines back from
 * there, and none is taller than this.
 */
const SCROLLBACK_LINES = 500
const INITIAL = { cols: 80, rows: 24 }

/** A terminal as the console's, without a page. */
export const makeHeadlessScreen: MakeScreen = () => new HeadlessScreen()

class HeadlessScreen implements Screen {
  private readonly terminal = newTerminal(INITIAL)
  private readonly serializer = new serializer.SerializeAddon()

  constructor() {
    this.terminal.loadAddon(this.serializer as never)
  }

  resize(columns: number, rows: number): void {
    this.terminal.resize(columns, rows)
  }

  write(data: string): Promise<void> {
    return written(this.terminal, data)
  }

  async serialize(leastScrollback: number): Promise<string | null> {
    for (let scrollback = SCROLLBACK_LINES; scrollback >= leastScrollback; ) {
      const text = this.serializer.serialize({ scrollback })
      if (await this.isSame(text, scrollback)) return text
      if (scrollback === 0) return null
      scrollback = Math.floor(scrollback / 4)
    }
    return null
  }

  dispose(): void {
    this.terminal.dispose()
  }

  /** Whether a terminal that is given this text shows the same. The addon's word alone is not taken for it. */
  private async isSame(text: string, scrollback: number): Promise<boolean> {
    const copy = newTerminal({ cols: this.terminal.cols, rows: this.terminal.rows })
    try {
      await written(copy, text)
      return screenText(copy, scrollback) === screenText(this.terminal, scrollback)
    } finally {
      copy.dispose()
    }
  }
}

function newTerminal(size: { cols: number; rows: number }): xterm.Terminal {
  const terminal = new xterm.Terminal({ ...size, allowProposedApi: true, scrollback: SCROLLBACK_LINES })
  // One recording must not hold up the worker, which has others to archive and to flush [I7].
  boundRepeats(terminal)
  return terminal
}

const written = (terminal: xterm.Terminal, data: string): Promise<void> =>
  new Promise((resolve) => writeInPieces(terminal, data, resolve))

/** All cells in view with their looks, of both buffers where there are two, the cursor, and the lines above. */
function screenText(terminal: xterm.Terminal, scrollback: number): string {
  const { normal, alternate, active } = terminal.buffer
  const buffers = active.type === 'alternate' ? [normal, alternate] : [normal]
  const views = buffers.map((buffer) => viewOf(terminal, buffer))
  return JSON.stringify([active.type, views, linesAbove(normal, scrollback)])
}

/** A line that goes on in the next one matters where the terminal becomes wider: not its text alone. */
function linesAbove(buffer: xterm.IBuffer, scrollback: number): unknown[] {
  const count = Math.min(scrollback, buffer.baseY)
  return Array.from({ length: count }, (_, i) => {
    const line = buffer.getLine(buffer.baseY - count + i)
    // What the first one goes on from is further back than is kept.
    return [line?.translateToString(true), i > 0 && line?.isWrapped]
  })
}

function viewOf({ rows, cols }: xterm.Terminal, buffer: xterm.IBuffer): unknown {
  const lines = Array.from({ length: rows }, (_, y) => {
    const line = buffer.getLine(buffer.baseY + y)
    // What the first line in view goes on from may be further back than is kept.
    const cells: (string | number)[] = [y > 0 && line?.isWrapped ? 1 : 0]
    for (let x = 0; x < cols; x++) {
      const cell = line?.getCell(x)
      if (cell === undefined) continue
      cells.push(cell.getChars() || ' ', cell.getWidth(), cell.getFgColorMode(), cell.getFgColor())
      cells.push(cell.getBgColorMode(), cell.getBgColor(), flagsOf(cell))
    }
    return cells
  })
  return [lines, buffer.cursorX, buffer.cursorY]
}

const flagsOf = (cell: xterm.IBufferCell): number =>
  [
    cell.isBold(),
    cell.isItalic(),
    cell.isDim(),
    cell.isUnderline(),
    cell.isBlink(),
    cell.isInverse(),
    cell.isInvisible(),
    cell.isStrikethrough(),
    cell.isOverline(),
  ].reduce((bits, isSet, i) => bits + (isSet ? 2 ** i : 0), 0)
