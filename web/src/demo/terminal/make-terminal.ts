import { FitAddon } from '@xterm/addon-fit'
import { SerializeAddon } from '@xterm/addon-serialize'
import { Terminal } from '@xterm/xterm'
import '@xterm/xterm/css/xterm.css'
import { screenColours } from '../../player/terminal/screen-colours.js'
import { openStrictly } from '../../player/terminal/strict-styles.js'
import { onThemeChange } from '../../ui/theme.js'

const FONT = "'JetBrains Mono Variable'"

export interface MadeTerminal {
  terminal: Terminal
  /** The screen as text with escape sequences. */
  serialize(): string
  /** Shows it in an element of the page, as large as that is; answers how to stop. */
  openIn(parent: HTMLElement): () => void
}

/** A terminal of the page's look. It works before it is shown, and while it is hidden. */
export function makeTerminal(): MadeTerminal {
  const terminal = new Terminal({
    allowProposedApi: true,
    cols: 80,
    rows: 14,
    cursorBlink: true,
    cursorStyle: 'bar',
    cursorWidth: 2,
    fontFamily: 'monospace',
    fontSize: 13,
    lineHeight: 1.2,
    minimumContrastRatio: 4.5,
    overviewRuler: { width: 8 },
    scrollback: 2000,
    theme: screenColours(),
  })
  const fit = new FitAddon()
  const serializer = new SerializeAddon()
  terminal.loadAddon(fit)
  terminal.loadAddon(serializer)
  terminal.attachCustomKeyEventHandler(letPageHave)

  const openIn = (parent: HTMLElement) => {
    if (terminal.element === undefined) openStrictly(terminal, parent)
    else parent.append(terminal.element)
    terminal.textarea?.setAttribute('aria-label', 'Terminal. Shift and Tab leaves it.')
    const fitNow = () => {
      // A hidden pane has no size, and a terminal of no size would wrap everything.
      if (parent.clientWidth > 0 && parent.clientHeight > 0) fit.fit()
    }
    const resizes = new ResizeObserver(fitNow)
    resizes.observe(parent)
    const stopThemes = onThemeChange(() => {
      terminal.options.theme = screenColours()
    })
    // Cells are measured once per font: with one that is still loading, all columns would be off.
    void document.fonts.load(`13px ${FONT}`).then(() => {
      terminal.options.fontFamily = `${FONT}, monospace`
      fitNow()
    })
    return () => {
      resizes.disconnect()
      stopThemes()
    }
  }
  return { terminal, serialize: () => serializer.serialize(), openIn }

  /** Keys that are the browser's: leaving the terminal, copying what is selected, pasting. */
  function letPageHave({ key, ctrlKey, metaKey, shiftKey, altKey }: KeyboardEvent): boolean {
    if (key === 'Tab' && shiftKey) return false
    const command = (ctrlKey || metaKey) && !altKey
    if (command && key.toLowerCase() === 'v') return false
    return !(command && key.toLowerCase() === 'c' && (metaKey || shiftKey || terminal.hasSelection()))
  }
}
