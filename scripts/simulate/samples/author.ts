import { createHash } from 'node:crypto'
import type { CodeChange } from '../../../protocol/event-schemas.js'
import { applyChanges } from '../apply-changes.js'
import type { Interview, InterviewEvent } from '../interview.js'
import { seededRandom } from './random.js'

const SAVE_PAUSE_MS = 2000
const KEYSTROKE_SAMPLE = 10
const TYPO_CHANCE = 0.02
const PROMPT = '\x1b[1;34m~/interview\x1b[0m $ '

export interface TestOutcome {
  name: string
  durationMs: number
  /** Absent: passed. */
  error?: string
}

/**
 * Writes an interview by acting it out: what a person types, runs and asks, with a person's pace, typing errors
 * and pauses. The same acts with the same seed give the same events.
 */
export class Author {
  private readonly events: InterviewEvent[] = []
  private readonly random: () => number
  private readonly files = new Map<string, { text: string; language: string; dirty: boolean }>()
  private nowMs = 0
  private lastEditMs = 0
  private keystrokes = 0

  constructor(
    private readonly question: Interview['question'],
    private readonly timeLimitSec: number,
    seed: number,
  ) {
    this.random = seededRandom(seed)
  }

  /** Opens the session with its files, an editor and a shell. */
  start(files: Record<string, { language: string; content: string }>): void {
    const { id, title, difficulty, language } = this.question
    this.add('session_start', {
      questionId: id,
      questionTitle: title,
      difficulty,
      language,
      timeLimit: this.timeLimitSec,
      sample: true,
      files: Object.entries(files).map(([filePath, { content }]) => ({ filePath, content })),
    })
    for (const [path, file] of Object.entries(files)) {
      this.files.set(path, { text: file.content, language: file.language, dirty: false })
    }
    this.stream('r', '100x28')
    this.stream('o', PROMPT)
  }

  /** Lets time pass; what was edited is saved on the way. */
  think(seconds: number): void {
    const untilMs = this.nowMs + this.around(seconds * 1000)
    this.saveAt(Math.min(this.lastEditMs + SAVE_PAUSE_MS, untilMs))
    this.nowMs = untilMs
  }

  open(path: string): void {
    this.add('editor_open', { content: this.textOf(path) }, path)
    this.think(2)
  }

  /** Types text right after the first place where `after` stands; '' is the file's beginning. */
  type(path: string, after: string, text: string): void {
    let at = this.placeAfter(path, after)
    this.moveTo(path, at)
    for (const char of text) {
      if (/[a-z]/.test(char) && this.random() < TYPO_CHANCE) {
        this.key(path, [at, 0, neighbourOf(char)], at + 1)
        this.wait(180, 420)
        this.key(path, [at, 1, ''], at)
      }
      this.key(path, [at, 0, char], at + char.length)
      at += char.length
    }
  }

  /** Takes text out from its end, key by key. */
  erase(path: string, text: string): void {
    let at = this.placeAfter(path, text)
    this.moveTo(path, at)
    for (let i = 0; i < text.length; i++) this.key(path, [--at, 1, ''], at)
  }

  /** Selects text and types over it. */
  replace(path: string, text: string, replacement: string): void {
    const end = this.placeAfter(path, text)
    const start = end - text.length
    this.add('cursor', { anchor: start, head: end }, path)
    this.wait(300, 900)
    this.key(path, [start, text.length, replacement.slice(0, 1)], start + 1)
    this.type(path, this.textOf(path).slice(0, start + 1), replacement.slice(1))
  }

  paste(path: string, after: string, text: string, source: string): void {
    const at = this.placeAfter(path, after)
    this.moveTo(path, at)
    const sha256 = createHash('sha256').update(text).digest('hex')
    this.add('paste', { lengthChars: text.length, sha256, source }, path)
    this.edit(path, [[at, 0, text]], { anchor: at + text.length, head: at + text.length }, 'paste')
    this.wait(600, 1500)
  }

  /** Types a command into the shell and gets its output. */
  shell(command: string, output: string, { exitCode = 0, seconds = 1 } = {}): void {
    for (const char of command) {
      this.wait(50, 190)
      this.stream('i', char)
      this.stream('o', char)
    }
    this.wait(200, 700)
    this.stream('i', '\r')
    this.stream('o', '\r\n')
    this.add('terminal_input', { command, workingDirectory: '/home/candidate/interview' })
    this.nowMs += this.around(seconds * 1000)
    const [stdout, stderr] = exitCode === 0 ? [output, ''] : ['', output]
    this.stream('o', output.replaceAll('\n', '\r\n'))
    this.add('terminal_output', { output, stdout, stderr, exitCode })
    this.stream('o', PROMPT)
  }

  /** Runs the tests; `print` renders what the runner shows. */
  test(command: string, fileName: string, outcomes: readonly TestOutcome[], print: PrintTests): void {
    const { language } = this.question
    // Long enough for the code under test to be saved first.
    this.think(4)
    this.add('test_run_start', { testCount: outcomes.length, language, fileName })
    const failed = outcomes.some((outcome) => outcome.error !== undefined)
    this.shell(command, print(outcomes), { exitCode: failed ? 1 : 0, seconds: 1.5 })
    for (const { name, durationMs, error } of outcomes) {
      const passed = error === undefined
      this.add('test_result', { testName: name, passed, duration: durationMs, ...(!passed && { error }) })
    }
  }

  /** One question to the assistant and its answer. */
  ask(question: string, answer: string, promptQuality: number): void {
    this.nowMs += this.around(question.length * 110)
    this.add('ai_interaction', { role: 'user', content: question, promptQuality })
    const latency = this.around(900 + answer.length * 8)
    this.nowMs += latency
    this.add('ai_interaction', {
      role: 'assistant',
      content: answer,
      model: 'sample-model-1',
      inputTokens: Math.ceil(question.length / 4) + 350,
      outputTokens: Math.ceil(answer.length / 4),
      latency,
    })
    this.think(8 + answer.length / 18)
  }

  /** Looks at another window for a while. */
  lookAway(seconds: number): void {
    this.think(1)
    this.add('tab_hidden', {})
    this.think(seconds)
    this.add('tab_visible', {})
  }

  submit(): Interview {
    this.think(5)
    const files = Object.fromEntries([...this.files].map(([path, { text }]) => [path, text]))
    this.add('session_submit', { finalCode: files })
    return {
      question: this.question,
      timeLimitSec: this.timeLimitSec,
      description: `A sample made for this project: ${this.question.title}.`,
      // A save inside a pause is written down when the pause is over.
      events: this.events.sort((a, b) => a.offsetMs - b.offsetMs),
      durationMs: this.nowMs,
      expected: { files },
    }
  }

  private key(path: string, change: CodeChange, caret: number): void {
    this.wait(...PACE_MS[paceOf(change[2])])
    this.edit(path, [change], { anchor: caret, head: caret }, 'typed')
    this.keystrokes++
    if (this.keystrokes % KEYSTROKE_SAMPLE === 0) this.add('keystroke', { every: KEYSTROKE_SAMPLE }, path)
  }

  private edit(
    path: string,
    changes: CodeChange[],
    selection: { anchor: number; head: number },
    origin: 'typed' | 'paste',
  ): void {
    const file = this.fileAt(path)
    // A pause inside typing saves too, before the next key.
    if (file.dirty && this.nowMs - this.lastEditMs > SAVE_PAUSE_MS)
      this.saveAt(this.lastEditMs + SAVE_PAUSE_MS)
    this.add('code_edit', { changes, selection, origin }, path)
    file.text = applyChanges(file.text, changes)
    file.dirty = true
    this.lastEditMs = this.nowMs
  }

  /** Saves every changed file at that moment, if it is one that has not passed unrecorded. */
  private saveAt(atMs: number): void {
    for (const [path, file] of this.files) {
      if (!file.dirty || atMs < this.lastEditMs + SAVE_PAUSE_MS) continue
      file.dirty = false
      const { language, text } = file
      this.events.push({
        offsetMs: atMs,
        type: 'file_write',
        fileId: path,
        data: { filePath: path, language },
      })
      const fileName = path.split('/').pop() ?? path
      this.events.push({
        offsetMs: atMs,
        type: 'code_snapshot',
        fileId: path,
        data: { fileName, language, content: text },
      })
    }
  }

  private moveTo(path: string, offset: number): void {
    this.wait(400, 1600)
    this.add('cursor', { anchor: offset, head: offset }, path)
  }

  private placeAfter(path: string, text: string): number {
    const at = this.textOf(path).indexOf(text)
    if (at < 0) throw new Error(`${this.question.id}: ${path} has no ${JSON.stringify(text)} at this point.`)
    return at + text.length
  }

  private stream(channel: 'o' | 'i' | 'r', data: string): void {
    this.add('terminal_stream', { channel, data })
  }

  private add(type: InterviewEvent['type'], data: Record<string, unknown>, fileId?: string): void {
    this.events.push({ offsetMs: this.nowMs, type, data, ...(fileId !== undefined && { fileId }) })
  }

  private wait(leastMs: number, mostMs: number): void {
    this.nowMs += Math.round(leastMs + (mostMs - leastMs) * this.random())
  }

  private around(ms: number): number {
    return Math.round(ms * (0.75 + 0.5 * this.random()))
  }

  private textOf(path: string): string {
    return this.fileAt(path).text
  }

  private fileAt(path: string) {
    const file = this.files.get(path)
    if (file === undefined) throw new Error(`${this.question.id}: there is no file ${path}.`)
    return file
  }
}

export type PrintTests = (outcomes: readonly TestOutcome[]) => string

type Key = 'erased' | 'newline' | 'symbol' | 'letter'

/** How long a key takes to come, least and most. */
const PACE_MS: Record<Key, readonly [number, number]> = {
  erased: [60, 160],
  newline: [300, 2600],
  symbol: [150, 600],
  letter: [80, 330],
}

const paceOf = (inserted: string): Key =>
  inserted === '' ? 'erased' : inserted === '\n' ? 'newline' : /[\w ]/.test(inserted) ? 'letter' : 'symbol'

const ROWS = ['qwertyuiop', 'asdfghjkl', 'zxcvbnm']

/** The key to the right on the keyboard, or to the left at the edge. */
function neighbourOf(char: string): string {
  const row = ROWS.find((keys) => keys.includes(char)) ?? char
  const at = row.indexOf(char)
  return row[at + 1] ?? row[at - 1] ?? char
}
