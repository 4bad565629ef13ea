import type { RecordedEvent } from '../../protocol/events.js'
import { readSize } from '../fold/terminal.js'
import { TestTally } from './asciicast-tests.js'
import { plain } from './plain.js'
import type { ExportedSession, ExportSource } from './recording.js'
import { isHigh, wellFormed } from './well-formed.js'
import { wholeEvents } from './whole-events.js'

/** A player may skip waits longer than this; the recording keeps them. */
const IDLE_TIME_LIMIT_SEC = 5
/** As replay has it before any resize. */
const FIRST_SIZE = '80x24'

const SCREEN_TYPES = ['terminal_stream']
const TYPES = [
  ...SCREEN_TYPES,
  'session_start',
  'session_submit',
  'terminal_input',
  'terminal_output',
  'test_run_start',
  'test_result',
  'ai_interaction',
  'proctor_note',
  'proctor_flag',
  'proctor_message',
]

/**
 * The terminal as an asciicast of version 3: a header line, then `[seconds since the line before, code, data]` a
 * line. As in replay, the screen is fed what all sources wrote to it; where no screen was recorded, commands and
 * their output are written out. Times start at the header's timestamp, a whole second.
 */
export async function* asciicast(source: ExportSource, session: ExportedSession): AsyncGenerator<string> {
  const screen = await screenOf(source)
  const timestampSec = Math.floor(((await firstMsOf(source)) ?? session.startMs) / 1000)
  const [columns, rows] = (screen.firstSize ?? FIRST_SIZE).split('x').map(Number)
  yield line({
    version: 3,
    term: { cols: columns, rows, type: 'xterm-256color' },
    timestamp: timestampSec,
    idle_time_limit: IDLE_TIME_LIMIT_SEC,
    title: `Interview ${session.id}`,
  })
  const cast = new CastWriter(timestampSec * 1000, screen.exists)
  for await (const event of wholeEvents(source, TYPES)) yield cast.linesOf(event).join('')
  yield cast.end().join('')
  // A comment, to tell a whole file from one that was cut off.
  yield '# end of the recording\n'
}

const line = (value: unknown): string => `${JSON.stringify(value)}\n`

async function firstMsOf(source: ExportSource): Promise<number | null> {
  for await (const page of source.events()) if (page[0] !== undefined) return page[0].timestamp
  return null
}

/** Whether a screen was recorded, and its size where that was told before anything was written. */
async function screenOf(source: ExportSource): Promise<{ exists: boolean; firstSize: string | null }> {
  for await (const page of source.events(SCREEN_TYPES)) {
    for (const { data } of page) {
      const { channel, data: text } = data as { channel?: unknown; data?: unknown }
      if (channel === 'i') continue
      return { exists: true, firstSize: channel === 'r' ? sizeOf(text) : null }
    }
  }
  return { exists: false, firstSize: null }
}

/** Held within what a screen can be, as replay holds it. */
function sizeOf(text: unknown): string {
  const { columns, rows } = readSize(String(text))
  return `${columns}x${rows}`
}

class CastWriter {
  private lastUs: number
  private readonly tests = new TestTally()
  /** The first half of a character whose second comes with the next output. */
  private half = ''

  constructor(
    startMs: number,
    private readonly hasScreen: boolean,
  ) {
    this.lastUs = startMs * 1000
  }

  linesOf(event: RecordedEvent): string[] {
    const atMs = event.timestamp
    const done = this.tests.take(event)
    const lines = done === null ? [] : [this.marker(atMs, done)]
    const data = (event.data ?? {}) as Record<string, unknown>
    if (event.type === 'terminal_stream') lines.push(...this.stream(atMs, data))
    else if (event.type === 'terminal_input') lines.push(...this.command(atMs, data))
    else if (event.type === 'terminal_output') lines.push(...this.result(atMs, data))
    else {
      const label = labelOf(event.type, data)
      if (label !== null) lines.push(this.marker(atMs, label))
    }
    return lines
  }

  end(): string[] {
    const done = this.tests.end()
    const lines = done === null ? [] : [this.entry(this.lastUs / 1000, 'm', done)]
    if (this.half !== '') lines.push(this.entry(this.lastUs / 1000, 'o', '\ufffd'))
    return lines
  }

  private stream(atMs: number, data: Record<string, unknown>): string[] {
    if (typeof data.data !== 'string') return []
    if (data.channel === 'r') return [this.entry(atMs, 'r', sizeOf(data.data))]
    if (data.channel === 'i') return [this.entry(atMs, 'i', wellFormed(data.data))]
    return this.output(atMs, data.data)
  }

  private command(atMs: number, { command, workingDirectory }: Record<string, unknown>): string[] {
    const text = textOf(command)
    if (this.hasScreen) return [this.marker(atMs, `$ ${text}`)]
    const place = textOf(workingDirectory)
    const prompt = `\x1b[0;2m${place === '' ? '' : `${plain(place)} `}$\x1b[0m `
    return this.output(atMs, `${prompt}${newLines(text)}\r\n`)
  }

  private result(atMs: number, { output, stdout, stderr, exitCode }: Record<string, unknown>): string[] {
    if (this.hasScreen) return []
    const printed = newLines(textOf(output) || textOf(stdout) + textOf(stderr))
    const end = printed === '' || printed.endsWith('\n') ? '' : '\r\n'
    const failed = typeof exitCode === 'number' && exitCode !== 0
    const exit = failed ? `\x1b[0;2m[exit ${exitCode}]\x1b[0m\r\n` : ''
    return this.output(atMs, `${printed}${end}${exit}`)
  }

  private output(atMs: number, text: string): string[] {
    let whole = this.half + text
    this.half = ''
    // JSON in UTF-8 has no half characters; a pair that two writes share goes out with the second.
    if (whole !== '' && isHigh(whole.charCodeAt(whole.length - 1))) {
      this.half = whole.slice(-1)
      whole = whole.slice(0, -1)
    }
    return whole === '' ? [] : [this.entry(atMs, 'o', wellFormed(whole))]
  }

  private marker(atMs: number, label: string): string {
    return this.entry(atMs, 'm', plain(label))
  }

  /** Intervals are differences of times that were rounded before, so that they never add up to another time. */
  private entry(atMs: number, code: string, data: string): string {
    const atUs = Math.max(this.lastUs, Math.round(atMs * 1000))
    const interval = (atUs - this.lastUs) / 1e6
    this.lastUs = atUs
    return `[${interval.toFixed(6).replace(/\.?0+$/, '')}, ${JSON.stringify(code)}, ${JSON.stringify(data)}]\n`
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** A program's line ends, as a terminal has them. */
const newLines = (text: string): string => text.replace(/\r?\n/g, '\r\n')

function labelOf(type: string, data: Record<string, unknown>): string | null {
  if (type === 'session_start') return 'Session started'
  if (type === 'session_submit') return 'Submitted'
  if (type === 'test_run_start') return `Test run${data.fileName ? `: ${textOf(data.fileName)}` : ''}`
  if (type === 'ai_interaction') return data.role === 'user' ? 'Asked the assistant' : null
  if (type === 'proctor_note') return `Note: ${textOf(data.text)}`
  if (type === 'proctor_flag') return `Flag: ${textOf(data.text)}`
  if (type === 'proctor_message') return `Message to the candidate: ${textOf(data.text)}`
  return null
}
