import type {
  ControlMessage,
  ProctorMessage,
  Recorder,
  Receipt as SignedReceipt,
} from '@interviewlm/recorder-sdk'
import { Assistant } from './assistant/assistant.js'
import { SessionClock } from './clock.js'
import { keepAccess } from './entry/access.js'
import type { CandidateSession } from './entry/enter.js'
import { type KeptWork, keepWork } from './entry/kept-work.js'
import { QUESTION, START_FILES } from './problem/problem.js'
import { askService, recordAnswer } from './recording/ask-assistant.js'
import { insertAnswer, recordEditors } from './recording/record-editor.js'
import { recordTerminal } from './recording/record-terminal.js'
import { recordTests } from './recording/record-tests.js'
import { startRecording } from './recording/start-recording.js'
import { type Receipt, submitInterview } from './recording/submit.js'
import { TestRunner } from './runner/test-runner.js'
import { HOME } from './shell/files.js'
import { programs } from './shell/programs.js'
import { Shell } from './shell/shell.js'
import { TerminalSession } from './shell/terminal-session.js'
import { Store } from './store.js'
import { makeTerminal } from './terminal/make-terminal.js'
import { Workspace } from './workspace/workspace.js'

export type Phase =
  | { kind: 'working' }
  | { kind: 'on a break' }
  /** Nothing can be changed, unless more time is given. `submitsAtMs` is of this computer's clock; null: it was tried, and refused. */
  | { kind: 'time is up'; submitsAtMs: number | null }
  | { kind: 'submitting' }
  | { kind: 'submitted'; receipt: Receipt }
  /** Closed by somebody else: the interviewer, or the service when the time was up. */
  | { kind: 'ended'; isTimeUp: boolean; signed?: SignedReceipt }

export interface Notice {
  id: number
  kind: 'message' | 'time-extended'
  text: string
  author: string | null
  atMs: number
}

const KEEP_AFTER_MS = 400
/** So long an interviewer can still give more time before the work is handed in without the candidate. */
const SUBMIT_AFTER_TIME_UP_MS = 60_000

/**
 * A whole interview in this page: recorder, files, terminal, tests, assistant, put together. It lives outside of React,
 * which shows it: what is recorded must not depend on what is drawn when.
 */
export class Interview {
  readonly recorder: Recorder
  readonly workspace: Workspace
  readonly terminal = makeTerminal()
  readonly tests: TestRunner
  readonly shell: TerminalSession
  readonly assistant: Assistant
  readonly clock = new SessionClock()
  readonly phase = new Store<Phase>({ kind: 'working' })
  readonly timeLimitSec: Store<number | null>
  readonly notices = new Store<readonly Notice[]>([])
  readonly #history: string[]
  #token: string
  #noticeId = 0
  #keepTimer: ReturnType<typeof setTimeout> | undefined
  #submitTimer: ReturnType<typeof setTimeout> | undefined

  constructor(
    readonly session: CandidateSession,
    kept: KeptWork | null,
  ) {
    const url = location.origin
    this.#token = session.token
    this.timeLimitSec = new Store(session.timeLimitSec)
    const beginning = { question: QUESTION, timeLimitSec: session.timeLimitSec, files: START_FILES }
    const recorder = startRecording({
      url,
      token: session.token,
      beginning: kept === null ? beginning : null,
    })
    this.recorder = recorder
    recorder.on('welcome', ({ serverTimeMs }) => this.clock.heard(serverTimeMs))
    recorder.on('message', (message) => this.#onMessage(message))
    recorder.on('control', (control) => this.#onControl(control))
    recorder.on('status', ({ state }) => {
      if (state === 'closed') this.#end()
    })

    this.workspace = new Workspace(
      kept?.files ?? START_FILES,
      kept?.activePath ?? null,
      recordEditors(recorder),
    )
    this.tests = new TestRunner(this.workspace, recordTests(recorder))
    this.assistant = new Assistant({
      chat: session.chat,
      askModel: (question, signal) =>
        askService({ url, sessionId: session.sessionId, token: this.#token }, question, signal),
      recordAnswer: (question, model, answer) => recordAnswer(recorder, question, model, answer),
    })
    this.#history = [...(kept?.commandHistory ?? [])]
    this.shell = this.#openShell()
    this.workspace.view.subscribe(() => this.#keepSoon())
    this.workspace.changes.subscribe(() => this.#keepSoon())
    addEventListener('pagehide', () => this.#keep())
    this.#keep()
  }

  /** Puts code of an answer where the caret is. */
  insert(code: string): void {
    const editor = this.workspace.activeEditor
    if (editor === null) return
    insertAnswer(editor, code)
    editor.focus()
  }

  /** What the candidate does is not recorded until the end of the break. */
  takeBreak(): void {
    this.recorder.pause('break')
    this.phase.set({ kind: 'on a break' })
  }

  endBreak(): void {
    this.recorder.resume()
    this.phase.set({ kind: 'working' })
  }

  async submit(): Promise<void> {
    clearTimeout(this.#submitTimer)
    const isTimeUp = this.phase.get().kind === 'time is up'
    this.shell.interrupt()
    this.assistant.stop()
    this.workspace.saveAll()
    this.phase.set({ kind: 'submitting' })
    const finalCode = Object.fromEntries(this.workspace.texts().map(({ path, text }) => [path, text]))
    const { sessionId } = this.session
    try {
      const receipt = await submitInterview({
        recorder: this.recorder,
        url: location.origin,
        sessionId,
        token: this.#token,
        finalCode,
      })
      this.phase.set({ kind: 'submitted', receipt })
      this.#forget()
    } catch (error) {
      const { code } = error as { code?: string }
      const isClosed = code === 'SESSION_CLOSED' || code === 'RECORDER_CLOSED'
      // Closed by somebody else meanwhile; or refused, and then the banner of the recorder's status says why.
      if (isClosed) this.phase.set({ kind: 'ended', isTimeUp })
      else this.phase.set(isTimeUp ? { kind: 'time is up', submitsAtMs: null } : { kind: 'working' })
    }
  }

  dismiss(id: number): void {
    this.notices.update((notices) => notices.filter((notice) => notice.id !== id))
  }

  #openShell(): TerminalSession {
    const { terminal, serialize } = this.terminal
    const recording = recordTerminal(this.recorder, terminal, serialize)
    const session = new TerminalSession({
      shell: new Shell({ files: this.workspace, commands: programs(this.tests) }),
      screen: { write: (text) => terminal.write(text), columns: () => terminal.cols },
      paths: () => this.workspace.paths(),
      history: this.#history,
      onCommand: (line) => {
        recording.began(line, HOME)
        this.#keepSoon()
      },
      onDone: (result) => recording.ended(result),
    })
    terminal.onData((data) => session.type(data))
    session.start('')
    return session
  }

  #onMessage({ text, author, atMs }: ProctorMessage): void {
    this.#notify({ kind: 'message', text, author, atMs })
  }

  #onControl(control: ControlMessage): void {
    switch (control.kind) {
      case 'time-extended': {
        const addedSec = control.timeLimit - (this.timeLimitSec.get() ?? 0)
        // It is told again after each new connection.
        if (addedSec <= 0) break
        this.timeLimitSec.set(control.timeLimit)
        const text = `You have ${Math.round(addedSec / 60)} more minutes.`
        this.#notify({ kind: 'time-extended', text, author: null, atMs: Date.now() })
        this.#goOn()
        break
      }
      case 'time-up':
        this.#stopWork()
        break
      case 'token':
        this.#token = control.token
        keepAccess({ sessionId: this.session.sessionId, token: control.token })
        break
      case 'ended':
        this.#end()
        break
      case 'receipt':
        this.phase.update((phase) => (phase.kind === 'ended' ? { ...phase, signed: control.receipt } : phase))
        break
    }
  }

  /** The time is over, also that of a break. It is told again after each new connection. */
  #stopWork(): void {
    const { kind } = this.phase.get()
    if (kind !== 'working' && kind !== 'on a break') return
    if (kind === 'on a break') this.recorder.resume()
    this.#submitLater()
  }

  /** Without a connection nothing can be handed in, and more time may have been given meanwhile: then it begins again. */
  #submitLater(): void {
    this.phase.set({ kind: 'time is up', submitsAtMs: Date.now() + SUBMIT_AFTER_TIME_UP_MS })
    this.#submitTimer = setTimeout(() => {
      if (this.recorder.status.state === 'offline') this.#submitLater()
      else void this.submit()
    }, SUBMIT_AFTER_TIME_UP_MS)
  }

  /** There is more time. */
  #goOn(): void {
    if (this.phase.get().kind !== 'time is up') return
    clearTimeout(this.#submitTimer)
    this.phase.set({ kind: 'working' })
  }

  /** The session was closed; not by this page, or it would be submitting. */
  #end(): void {
    const { kind } = this.phase.get()
    if (kind === 'submitting' || kind === 'submitted' || kind === 'ended') return
    clearTimeout(this.#submitTimer)
    this.phase.set({ kind: 'ended', isTimeUp: kind === 'time is up' })
    this.#forget()
  }

  #notify(notice: Omit<Notice, 'id'>): void {
    this.notices.update((notices) => [...notices, { ...notice, id: ++this.#noticeId }])
  }

  #keepSoon(): void {
    clearTimeout(this.#keepTimer)
    this.#keepTimer = setTimeout(() => this.#keep(), KEEP_AFTER_MS)
  }

  #keep(): void {
    clearTimeout(this.#keepTimer)
    const { kind } = this.phase.get()
    if (kind === 'submitted' || kind === 'ended') return
    keepWork({
      sessionId: this.session.sessionId,
      files: this.workspace.texts(),
      activePath: this.workspace.view.get().activePath,
      commandHistory: this.#history,
    })
  }

  /** What is left in the tab of an interview that is over. */
  #forget(): void {
    clearTimeout(this.#keepTimer)
    keepWork(null)
  }
}
