import { SerializeAddon } from '@xterm/addon-serialize'
import { Terminal } from '@xterm/xterm'
import {
  type RunningAiTurn,
  readChat,
  recordAiTurn,
  startAiTurn,
} from '../../../client-sdk/src/adapters/ai-chat.js'
import { recordPageSignals } from '../../../client-sdk/src/adapters/page-signals.js'
import { defineRecorderStatus } from '../../../client-sdk/src/adapters/status-element.js'
import { recordTestRun } from '../../../client-sdk/src/adapters/test-run.js'
import { recordXterm } from '../../../client-sdk/src/adapters/xterm.js'
import { createRecorder, type Recorder } from '../../../client-sdk/src/index.js'

/** What the tests of the whole path look at and reach for. */
export interface WholePage {
  recorder: Recorder
  terminal: Terminal
  /** Lines of the screen, once all that was written is on it. */
  screen(): Promise<string[]>
  runTests(): void
  ask(question: string): RunningAiTurn
  /** Asks the service's own chat route, as a page that records every stream it reads would. */
  askService(message: string): Promise<string[]>
}

declare global {
  var wholePage: WholePage
}

const query = new URLSearchParams(location.search)
const recorder = createRecorder({ url: query.get('url') ?? '', token: query.get('token') ?? '' })
recordPageSignals(recorder)

const terminal = new Terminal({ cols: 80, rows: 24, scrollback: 5000, allowProposedApi: true })
const serialize = new SerializeAddon()
terminal.loadAddon(serialize)
terminal.open(document.querySelector('#terminal') as HTMLElement)
recordXterm(recorder, terminal, { snapshot: () => serialize.serialize() })
terminal.onData((data) => terminal.write(data === '\r' ? '\r\n$ ' : data))

defineRecorderStatus()
const status = document.querySelector('recorder-status')
if (status !== null) status.recorder = recorder

globalThis.wholePage = {
  recorder,
  terminal,
  screen: async () => {
    await new Promise<void>((resolve) => terminal.write('', resolve))
    const { active } = terminal.buffer
    return Array.from({ length: active.length }, (_, y) => active.getLine(y)?.translateToString(true) ?? '')
  },
  runTests: () => {
    const run = recordTestRun(recorder, {
      testCount: 2,
      language: 'javascript',
      files: [
        { filePath: 'sum.js', content: 'export const sum = (a, b) => a + b\n', language: 'javascript' },
      ],
    })
    run.result({ testName: 'adds', passed: true, duration: 2 })
    run.result({ testName: 'carries', passed: false, error: 'expected 10' })
    run.end()
  },
  ask: (content) => {
    recordAiTurn(recorder, { role: 'user', content })
    return startAiTurn(recorder, { model: 'scripted' })
  },
  askService: async (message) => {
    const turn = startAiTurn(recorder)
    const response = await fetch(`${query.get('url')}/v1/sessions/${query.get('session')}/chat`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${query.get('token')}`,
        'content-type': 'application/json',
        'idempotency-key': crypto.randomUUID(),
      },
      body: JSON.stringify({ message, stream: true }),
    })
    const pieces: string[] = []
    for await (const piece of turn.through(readChat(response))) pieces.push(piece)
    return pieces
  },
}
document.documentElement.dataset.ready = 'yes'
