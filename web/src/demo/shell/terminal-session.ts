import { complete } from './completion.js'
import { keysOf, LineEditor } from './line-editor.js'
import type { Shell } from './shell.js'

export interface Screen {
  write(text: string): void
  columns(): number
}

export interface TerminalSessionOptions {
  shell: Shell
  screen: Screen
  paths: () => string[]
  /** Lines of earlier loads of the page; grows by what is typed. */
  history: string[]
  /** Told of each line before it runs… */
  onCommand(line: string): void
  /** …and of what it printed, beside what the screen shows. */
  onDone(result: { stdout: string; stderr: string; exitCode: number }): void
}

const PROMPT = '\u001b[1;34m~/interview\u001b[0m $ '
const CLEAR = '\u001b[H\u001b[2J\u001b[3J'
const MAX_HISTORY = 200
/** Of what one command printed so much is told in a piece; the screen shows all of it. */
const MAX_TOLD_CHARS = 64 * 1024

/** A shell at a terminal: prompt, line, command, output, and again. */
export class TerminalSession {
  #line: LineEditor | null = null
  #running: AbortController | null = null
  /** Typed while a command ran; it is for the next line. */
  #ahead: string[] = []

  constructor(private readonly options: TerminalSessionOptions) {}

  start(greeting: string): void {
    this.options.screen.write(greeting.replaceAll('\n', '\r\n'))
    this.#prompt()
  }

  /** What the terminal sends when keys are pressed or text is pasted. */
  type(data: string): void {
    for (const key of keysOf(data)) this.#press(key)
  }

  /** Runs a line as if it had been typed; false while another one runs. */
  runLine(line: string): boolean {
    if (this.#running !== null || this.#line === null) return false
    this.type(`\u0005\u0015${line}\r`)
    return true
  }

  get isRunning(): boolean {
    return this.#running !== null
  }

  interrupt(): void {
    this.#running?.abort()
  }

  #prompt(): void {
    const { screen, history } = this.options
    this.#line = new LineEditor({
      prompt: PROMPT,
      columns: () => screen.columns(),
      write: (text) => screen.write(text),
      history,
    })
    this.#line.start()
    const ahead = this.#ahead
    this.#ahead = []
    for (const key of ahead) this.#press(key)
  }

  #press(key: string): void {
    if (this.#running !== null) {
      if (key === '\u0003') this.#running.abort()
      else this.#ahead.push(key)
      return
    }
    const action = this.#line?.press(key)
    switch (action?.kind) {
      case 'submit':
        this.#line?.end()
        void this.#run(action.line)
        break
      case 'interrupt':
        this.#line?.end('^C')
        this.#prompt()
        break
      case 'complete':
        this.#complete(action.before)
        break
      case 'clear':
        this.options.screen.write(CLEAR)
        this.#line?.restart()
        break
      case 'leave':
        this.options.screen.write('\r\nThe interview ends with "Submit", not with the shell.\r\n')
        this.#line?.restart()
        break
    }
  }

  #complete(before: string): void {
    const { shell, screen, paths } = this.options
    const completion = complete(before, { commands: shell.commandNames, paths: paths() })
    if (completion?.kind === 'insert') this.#line?.insert(completion.text)
    if (completion?.kind !== 'choices') return
    screen.write(`\r\n${completion.choices.join('  ')}\r\n`)
    this.#line?.restart()
  }

  async #run(line: string): Promise<void> {
    const { shell, screen, history, onCommand, onDone } = this.options
    const command = line.trim()
    if (command !== '' && history.at(-1) !== line) history.push(line)
    if (history.length > MAX_HISTORY) history.shift()
    // An empty line is no command.
    if (command === '') return this.#prompt()
    onCommand(line)
    const stdout = new Told()
    const stderr = new Told()
    const running = new AbortController()
    this.#running = running
    let atLineStart = true
    const show = (text: string) => {
      if (text === '') return
      atLineStart = text.endsWith('\n')
      screen.write(text.replace(/\r?\n/g, '\r\n'))
    }
    const output = {
      out: (text: string) => show(stdout.add(text)),
      err: (text: string) => show(stderr.add(text)),
    }
    let exitCode = 0
    if (command === 'clear') screen.write(CLEAR)
    else if (command === 'history') output.out(numbered(history))
    else exitCode = await shell.run(line, output, running.signal)
    if (running.signal.aborted) show('^C\n')
    // A prompt begins at the left edge, whatever was printed.
    if (!atLineStart) screen.write('\u001b[7m%\u001b[0m\r\n')
    this.#running = null
    onDone({ stdout: stdout.text, stderr: stderr.text, exitCode })
    this.#prompt()
  }
}

/** The beginning of a text that may grow without end. */
class Told {
  text = ''
  #isCut = false

  add(text: string): string {
    const room = MAX_TOLD_CHARS - this.text.length
    if (text.length <= room) this.text += text
    else if (!this.#isCut) {
      this.#isCut = true
      this.text += `${text.slice(0, room)}\n[cut: the terminal shows all of it]\n`
    }
    return text
  }
}

const numbered = (lines: readonly string[]): string =>
  lines.map((line, i) => `${String(i + 1).padStart(5)}  ${line}\n`).join('')
