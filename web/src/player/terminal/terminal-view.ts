import { Terminal } from '@xterm/xterm'
import '@xterm/xterm/css/xterm.css'
import type { TerminalState } from '../../../../replay/index.js'
import { terminalFeed, writeInPieces } from '../../../../replay/index.js'
import { afterLayout } from '../../ui/after-layout.js'
import { onThemeChange } from '../../ui/theme.js'
import { lastSteps } from './last-steps.js'
import { parseAtOnce } from './parse-at-once.js'
import { screenColours } from './screen-colours.js'
import { openStrictly } from './strict-styles.js'
import { restrict } from './terminal-safety.js'

const INITIAL = { columns: 80, rows: 24 }
const FONT_PX = { largest: 13, smallest: 9 }
const CELL_WIDTH_EM = 0.6
const FONT = "'JetBrains Mono Variable'"
const SCROLLBACK_LINES = 5000
/** The padding above the screen, as terminal.css has it. */
const ABOVE_PX = 8

/** Far more than the scrollback holds, and written in about a second. */
const MAX_WRITTEN_CHARS = 4_000_000

/** What is parsed before the frame is drawn: of another moment all that a screen mostly takes, of time that passes less than a frame. */
const AT_ONCE_MS = { jump: 40, playing: 12 }
/** How much of it goes by before the clock is looked at. */
const PIECE_CHARS = 8192

type Step = ReturnType<typeof terminalFeed>['steps'][number]

/**
 * A screen of the recorded size that shows a terminal's state. It is fed one piece at a time, the next when the
 * last was drawn: xterm drops what is written faster than it can parse.
 * INVARIANT: `waiting` and `busy` together hold exactly what lies between the screen and `shown`.
 */
export class TerminalView {
  private terminal: Terminal
  private shown: TerminalState['output'] | null = null
  private waiting: Step[] = []
  private busy = false
  private isPumping = false
  /** Until when what is written is parsed at once, ms of the page's clock. */
  private atOnceUntilMs = 0
  private pinned = true
  private readonly resizes: ResizeObserver
  private readonly stopThemes: () => void
  private leftOutChars = 0
  private giveUpFit = () => {}

  /** `onLeftOut` hears how much of the output the screen was drawn without, when that changes. */
  constructor(
    private readonly parent: HTMLElement,
    private readonly onLeftOut: (chars: number) => void,
  ) {
    this.terminal = this.newTerminal()
    this.resizes = new ResizeObserver(() => this.fitLater())
    this.resizes.observe(parent)
    this.stopThemes = onThemeChange(() => {
      this.terminal.options.theme = screenColours(parent)
    })
    parent.addEventListener('wheel', this.onWheel, { capture: true, passive: false })
    parent.addEventListener('scroll', this.onScroll)
    parent.addEventListener('keydown', this.onKeyDown)
  }

  show(state: TerminalState): void {
    if (state.output === this.shown) return
    const feed = terminalFeed(state, this.shown)
    this.shown = state.output
    // A screen that begins with a size of its own needs no other before.
    if (feed.reset) this.clear(feed.steps[0]?.kind !== 'resize')
    const last = lastSteps([...this.waiting, ...feed.steps], MAX_WRITTEN_CHARS)
    if (last.leftOutChars > 0) this.clear()
    this.waiting = last.steps
    this.leaveOut(last.leftOutChars > 0 || feed.reset ? last.leftOutChars : this.leftOutChars)
    this.atOnceUntilMs = performance.now() + (feed.reset ? AT_ONCE_MS.jump : AT_ONCE_MS.playing)
    this.pump()
  }

  stop(): void {
    this.waiting = []
    this.giveUpFit()
    this.stopThemes()
    this.resizes.disconnect()
    this.parent.removeEventListener('wheel', this.onWheel, { capture: true })
    this.parent.removeEventListener('scroll', this.onScroll)
    this.parent.removeEventListener('keydown', this.onKeyDown)
    this.terminal.dispose()
  }

  private leaveOut(chars: number): void {
    if (chars === this.leftOutChars) return
    this.leftOutChars = chars
    this.onLeftOut(chars)
  }

  private clear(resizes = true): void {
    this.waiting = []
    this.pinned = true
    if (this.busy) {
      // What is being parsed can't be called back: it ends on a screen that nobody sees.
      this.terminal.dispose()
      this.terminal = this.newTerminal()
      this.busy = false
      return
    }
    this.terminal.reset()
    if (resizes) this.resize(INITIAL)
  }

  private pump(): void {
    // What is parsed at once ends within this.
    if (this.isPumping) return
    this.isPumping = true
    while (!this.busy) {
      const step = this.waiting.shift()
      if (step === undefined) break
      if (step.kind === 'resize') this.resize(step)
      else this.write(step.data)
    }
    this.isPumping = false
  }

  private write(data: string): void {
    const { terminal } = this
    this.busy = true
    const done = () => {
      if (terminal !== this.terminal) return
      this.busy = false
      if (this.waiting.length === 0) this.fitLater()
      this.pump()
    }
    if (performance.now() >= this.atOnceUntilMs || terminal.hasSelection()) {
      writeInPieces(terminal, data, done)
      return
    }
    if (data.length > PIECE_CHARS) this.waiting.unshift({ kind: 'write', data: data.slice(PIECE_CHARS) })
    parseAtOnce(terminal, data.slice(0, PIECE_CHARS), done)
  }

  private resize(size: { columns: number; rows: number }): void {
    this.terminal.resize(size.columns, size.rows)
    this.fitLater()
  }

  /** On the way to another moment a screen may have several sizes; its letters are those of the one that is drawn. */
  private fitLater(): void {
    this.giveUpFit()
    this.giveUpFit = afterLayout(this.parent, () => this.fit())
  }

  /** The largest letters with which the recorded columns fit. */
  private fit(): void {
    const width = this.parent.clientWidth - 24
    if (width <= 0) return
    const fitting = Math.floor((width / (this.terminal.cols * CELL_WIDTH_EM)) * 2) / 2
    const fontSize = Math.min(FONT_PX.largest, Math.max(FONT_PX.smallest, fitting))
    if (this.terminal.options.fontSize !== fontSize) this.terminal.options.fontSize = fontSize
    this.keepCursorInView()
  }

  /** The screen may be taller than the pane; its line with the cursor is the one to see. */
  private keepCursorInView(): void {
    if (!this.pinned) return
    const { element, rows, buffer } = this.terminal
    const screen = element?.querySelector<HTMLElement>('.xterm-screen')
    if (screen === null || screen === undefined) return
    const rowPx = screen.offsetHeight / rows
    // With a line to spare below it, of which the first line takes what it needs to be seen whole.
    const hiddenPx = (buffer.active.cursorY + 2) * rowPx + ABOVE_PX - this.parent.clientHeight
    this.parent.scrollTop = hiddenPx <= 0 ? 0 : ABOVE_PX + Math.floor(hiddenPx / rowPx) * rowPx
  }

  // The pane scrolls within the screen, the screen within its scrollback; one wheel goes through both.
  private readonly onWheel = (wheel: WheelEvent): void => {
    const { scrollTop, scrollHeight, clientHeight } = this.parent
    const { baseY, viewportY } = this.terminal.buffer.active
    const up = wheel.deltaY < 0
    const paneCanMove = up ? scrollTop > 0 : scrollTop + clientHeight < scrollHeight - 1 && viewportY >= baseY
    if (!paneCanMove || wheel.shiftKey) return
    wheel.stopPropagation()
    if (up) this.pinned = false
  }

  private readonly onKeyDown = (event: KeyboardEvent): void => {
    const pages = { PageUp: -1, PageDown: 1 }[event.key]
    if (pages === undefined) return
    event.preventDefault()
    this.terminal.scrollPages(pages)
  }

  private readonly onScroll = (): void => {
    const { scrollTop, scrollHeight, clientHeight } = this.parent
    if (scrollTop + clientHeight >= scrollHeight - 4) this.pinned = true
  }

  private newTerminal(): Terminal {
    this.parent.replaceChildren()
    const terminal = new Terminal({
      allowProposedApi: false,
      cols: INITIAL.columns,
      rows: INITIAL.rows,
      cursorBlink: false,
      cursorInactiveStyle: 'block',
      fontFamily: 'monospace',
      fontSize: FONT_PX.largest,
      lineHeight: 1.1,
      // Text in the colour of its ground is still text that was printed.
      minimumContrastRatio: 4.5,
      linkHandler: { activate: () => {}, allowNonHttpProtocols: false },
      // What it takes for input is none: see parseAtOnce.
      scrollOnUserInput: false,
      scrollback: SCROLLBACK_LINES,
      theme: screenColours(this.parent),
      windowOptions: {},
    })
    restrict(terminal)
    openStrictly(terminal, this.parent)
    // Cells are measured once per font: with one that is still loading, all columns would be off.
    document.fonts.load(`13px ${FONT}`).then(() => {
      terminal.options.fontFamily = `${FONT}, monospace`
      if (terminal === this.terminal) this.fitLater()
    })
    // Nothing is typed here: the pane itself takes the focus and scrolls, and Tab goes on to what follows.
    terminal.attachCustomKeyEventHandler(() => false)
    terminal.textarea?.setAttribute('tabindex', '-1')
    terminal.textarea?.setAttribute('aria-hidden', 'true')
    terminal.textarea?.setAttribute('readonly', '')
    return terminal
  }
}
