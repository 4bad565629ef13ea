import { SerializeAddon } from '@xterm/addon-serialize'
import { Terminal } from '@xterm/xterm'
import { recordXterm } from '../../../client-sdk/src/adapters/xterm.js'
import { PageRecorder } from './page-recorder.js'

/** What the tests of the terminal look at and reach for. */
export interface TerminalPage {
  recorder: PageRecorder
  terminal: Terminal
  /** So many bytes as a program would print them, in chunks of any length, while the terminal is resized. */
  burst(bytes: number, seed: number): Promise<void>
  /** All that the page has written to the terminal, as text. */
  printed(): string
  /** When all that was written is on the screen. */
  settled(): Promise<void>
  /** Lines with their colours, the size, and the cursor. */
  screen(): string[]
  stop(): void
}

declare global {
  var terminalPage: TerminalPage
}

const terminal = new Terminal({ cols: 80, rows: 24, scrollback: 5000, allowProposedApi: true })
const serialize = new SerializeAddon()
terminal.loadAddon(serialize)
terminal.open(document.querySelector('#terminal') as HTMLElement)
const recorder = new PageRecorder()
// A program that prints to the end: before the adapter hears of it, and the terminal parses no more.
addEventListener('pagehide', () => terminal.write('the last words'), true)
const stop = recordXterm(recorder, terminal, { snapshot: () => serialize.serialize() })

let printed = ''
const decoder = new TextDecoder()
const { write } = terminal
terminal.write = (data, callback) => {
  printed += typeof data === 'string' ? data : decoder.decode(data, { stream: true })
  write.call(terminal, data, callback)
}

const settled = () => new Promise<void>((resolve) => terminal.write('', resolve))

async function burst(bytes: number, seed: number): Promise<void> {
  const random = randomFrom(seed)
  let text = ''
  for (let line = 0; text.length < bytes; line++) {
    const color = 31 + Math.floor(random() * 6)
    text += `${line} \u001b[${color}m${'añ€😀漢x '.repeat(1 + random() * 12)}\u001b[0m\r\n`
    if (random() < 0.05) text += '\u001b[2K\u001b[1A'
  }
  const sizes = randomFrom(seed + 1)
  const resizes = setInterval(() => terminal.resize(60 + Math.floor(sizes() * 60), 24), 7)
  const all = new TextEncoder().encode(text)
  let at = 0
  while (at < all.length) {
    const end = Math.min(all.length, at + Math.ceil(random() ** 4 * 20_000))
    // Cut inside characters and escape sequences, wherever it falls.
    terminal.write(all.subarray(at, end))
    at = end
    if (random() < 0.1) await new Promise((resolve) => setTimeout(resolve))
  }
  clearInterval(resizes)
  await settled()
}

function screen(): string[] {
  const { active } = terminal.buffer
  const lines = Array.from({ length: active.length }, (_, y) => {
    const line = active.getLine(y)
    let text = ''
    for (let x = 0; x < terminal.cols; x++) {
      const cell = line?.getCell(x)
      text += cell?.isFgDefault() ? cell.getChars() || ' ' : `${cell?.getChars()}<${cell?.getFgColor()}>`
    }
    return text.trimEnd()
  })
  return [`${terminal.cols}x${terminal.rows}`, ...lines, `cursor ${active.cursorX} ${active.cursorY}`]
}

/** Mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

// A shell that says what it hears, and hides what is typed after `password`.
let isHidden = false
terminal.onData((data) => {
  if (data === '\r') {
    terminal.write('\r\n$ ')
    isHidden = false
  } else if (data === '!') {
    terminal.write('password: ')
    isHidden = true
  } else if (!isHidden) terminal.write(data)
})

globalThis.terminalPage = { recorder, terminal, burst, printed: () => printed, settled, screen, stop }
document.documentElement.dataset.ready = 'yes'
