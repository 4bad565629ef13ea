import { callSafely } from '../handlers.js'
import type { EventRecorder } from '../recorder-types.js'
import { recordQuietly } from './record-quietly.js'

export interface XtermOptions {
  /**
   * The screen as text with escape sequences, `() => serializeAddon.serialize()` of @xterm/addon-serialize: told where
   * recording begins or goes on after a pause, and after `clear()`. Default: the screen's text alone, without colours.
   */
  snapshot?: () => string
}

/** What is used of a terminal of @xterm/xterm (or @xterm/headless). */
export interface XtermTerminal {
  readonly cols: number
  readonly rows: number
  readonly buffer: { readonly active: XtermScreen }
  write(data: string | Uint8Array, callback?: () => void): void
  writeln(data: string | Uint8Array, callback?: () => void): void
  clear(): void
  reset(): void
  onData(heard: (data: string) => void): { dispose(): void }
  onBinary(heard: (data: string) => void): { dispose(): void }
  onResize(heard: (size: { cols: number; rows: number }) => void): { dispose(): void }
}

interface XtermScreen {
  readonly baseY: number
  readonly cursorX: number
  readonly cursorY: number
  getLine(y: number): { translateToString(trimRight?: boolean): string } | undefined
}

/** Small writes are joined up to this length. */
const MAX_JOINED_UNITS = 64 * 1024

/**
 * Records a terminal in both directions as `terminal_stream`: what is written to the screen, what is typed, and the size.
 * A recording holds one screen: of several terminals record the one that the interview is about.
 *
 * INVARIANT: output is recorded when the terminal has parsed it, not when it is handed over, since resizing and
 * clearing don't wait for what is yet to be parsed. So the recording has them in the order that made the screen, and a
 * snapshot shows exactly what was recorded before it.
 *
 * @returns a function that ends it, and gives the terminal its own methods back
 */
export function recordXterm(
  recorder: EventRecorder,
  terminal: XtermTerminal,
  { snapshot }: XtermOptions = {},
): () => void {
  // Bytes may end in the middle of a character.
  const decoder = new TextDecoder()
  /** Handed over and not yet parsed; what is recorded before that becomes empty. */
  const unparsed: { data: string | Uint8Array }[] = []
  let joined = ''
  let isStopped = false

  const stream = (channel: 'o' | 'i' | 'r', data: string): void => {
    // What was printed before comes first.
    const output = joined
    joined = ''
    if (output !== '') recordQuietly(recorder, streamEvent('o', output))
    if (data !== '') recordQuietly(recorder, streamEvent(channel, data))
  }
  const flush = (): void => stream('o', '')
  const print = (data: string | Uint8Array): void => {
    const text = typeof data === 'string' ? data : decoder.decode(data, { stream: true })
    if (text === '') return
    if (joined === '') queueMicrotask(flush)
    joined += text
    if (joined.length > MAX_JOINED_UNITS) flush()
  }
  const flushAll = (): void => {
    for (const chunk of unparsed) {
      print(chunk.data)
      chunk.data = ''
    }
    flush()
  }
  const tellSize = (): void => stream('r', `${terminal.cols}x${terminal.rows}`)
  const redraw = (): void => {
    let screen = ''
    callSafely(() => {
      screen = snapshot ? snapshot() : screenText(terminal)
    })
    stream('o', `${RESET}${screen}`)
  }

  const { write, clear, reset } = terminal
  const giveBack = replaceMethods(terminal, {
    write(data, callback) {
      if (isStopped) return write.call(terminal, data, callback)
      const chunk = { data }
      unparsed.push(chunk)
      try {
        write.call(terminal, data, () => {
          unparsed.shift()
          print(chunk.data)
          callback?.()
        })
      } catch (error) {
        // The terminal did not take it.
        unparsed.pop()
        throw error
      }
    },
    writeln(data, callback) {
      terminal.write(data)
      terminal.write('\r\n', callback)
    },
    clear() {
      clear.call(terminal)
      if (!isStopped) redraw()
    },
    reset() {
      reset.call(terminal)
      if (!isStopped) redraw()
    },
  })

  tellSize()
  // Behind what was handed over before and is still to be parsed.
  write.call(terminal, '', () => {
    const { baseY, cursorX, cursorY } = terminal.buffer.active
    if (!isStopped && baseY + cursorX + cursorY > 0) redraw()
  })
  const heard = [
    terminal.onData((data) => stream('i', data)),
    terminal.onBinary((data) => stream('i', data)),
    terminal.onResize(tellSize),
  ]
  const off = recorder.on('resync', () => {
    tellSize()
    redraw()
  })
  // Before the recorder's own handler, which sends the last.
  globalThis.addEventListener?.('pagehide', flushAll, true)
  return () => {
    if (isStopped) return
    flushAll()
    isStopped = true
    giveBack()
    for (const one of heard) one.dispose()
    off()
    globalThis.removeEventListener?.('pagehide', flushAll, true)
  }
}

const RESET = '\u001bc'

const streamEvent = (channel: string, data: string) => ({ type: 'terminal_stream', data: { channel, data } })

/** The lines of the screen, and where the cursor stands. */
function screenText({ rows, buffer: { active } }: XtermTerminal): string {
  const lines = Array.from(
    { length: rows },
    (_, y) => active.getLine(active.baseY + y)?.translateToString(true) ?? '',
  )
  return `${lines.join('\r\n')}\u001b[${active.cursorY + 1};${active.cursorX + 1}H`
}

/** Puts methods before those of an object's class; answers how to take them away again. */
function replaceMethods<T extends object>(target: T, methods: Partial<T>): () => void {
  const before = Object.getOwnPropertyDescriptors(target)
  Object.assign(target, methods)
  return () => {
    for (const name of Object.keys(methods) as (keyof T & string)[]) {
      // Somebody who replaced it after us keeps his; ours does nothing of its own by then.
      if (target[name] !== methods[name]) continue
      const own = before[name]
      if (own === undefined) delete target[name]
      else Object.defineProperty(target, name, own)
    }
  }
}
