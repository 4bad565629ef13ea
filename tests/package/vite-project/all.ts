import { EditorView } from '@codemirror/view'
import { createRecorder, memoryOutbox, type Recorder, RecorderError } from '@interviewlm/recorder-sdk'
import { recordAiTurn, startAiTurn } from '@interviewlm/recorder-sdk/adapters/ai-chat'
import { clipboardOf } from '@interviewlm/recorder-sdk/adapters/clipboard-memory'
import { insertFromAi, recordCodeMirror } from '@interviewlm/recorder-sdk/adapters/codemirror'
import { recordFiles } from '@interviewlm/recorder-sdk/adapters/files'
import { type RecordedMonaco, recordMonaco } from '@interviewlm/recorder-sdk/adapters/monaco'
import { recordPageSignals } from '@interviewlm/recorder-sdk/adapters/page-signals'
import { defineRecorderStatus } from '@interviewlm/recorder-sdk/adapters/status-element'
import { recordTestRun } from '@interviewlm/recorder-sdk/adapters/test-run'
import { recordXterm } from '@interviewlm/recorder-sdk/adapters/xterm'
import { createApi } from '@interviewlm/recorder-sdk/api'
import { durableOutbox } from '@interviewlm/recorder-sdk/durable-outbox'
import { createLobby } from '@interviewlm/recorder-sdk/lobby'
import * as core from '@interviewlm/recorder-sdk/recorder'
import { statusText } from '@interviewlm/recorder-sdk/status-text'
import { createWatcher } from '@interviewlm/recorder-sdk/watcher'
import { Terminal } from '@xterm/xterm'
import type { editor } from 'monaco-editor'

/** A page that takes everything there is from its own entry point. */
export function recordAll(url: string, token: string): Recorder {
  const recorder = core.createRecorder({ url, token, outbox: durableOutbox() })
  recordPageSignals(recorder)
  defineRecorderStatus()
  const status = document.querySelector('recorder-status')
  if (status) status.recorder = recorder

  const files = recordFiles(recorder)
  files.create('main.ts', 'a\n')
  const view = new EditorView({
    parent: document.querySelector('#editor') as Element,
    doc: 'a\n',
    extensions: [recordCodeMirror(recorder, { fileId: 'main.ts', language: 'typescript' })],
  })
  insertFromAi(view, '// hi\n')

  const terminal = new Terminal()
  terminal.open(document.querySelector('#terminal') as HTMLElement)
  recordXterm(recorder, terminal)
  terminal.write('$ ')

  const run = recordTestRun(recorder, { testCount: 1, language: 'typescript' })
  run.result({ testName: 'adds', passed: true, duration: 1 })
  run.end()

  recordAiTurn(recorder, { role: 'user', content: 'How?' })
  const turn = startAiTurn(recorder, { model: 'a-model' })
  turn.text('Like this.')
  turn.end()
  clipboardOf(recorder).copied('Like this.', 'ai')

  Object.assign(window, {
    others: { createApi, createLobby, createWatcher, createRecorder, memoryOutbox, withMonaco },
  })
  Object.assign(window, { text: () => statusText(recorder.status), isOneError: () => isOneError(recorder) })
  return recorder
}

const withMonaco = (recorder: Recorder, shown: editor.IStandaloneCodeEditor): RecordedMonaco =>
  recordMonaco(recorder, shown)

/** What a module throws is an instance of the class that another one exports. */
function isOneError(recorder: Recorder): boolean {
  try {
    recorder.record({ type: 'custom:big', data: { value: 1n } })
  } catch (error) {
    return error instanceof RecorderError && error.code === 'EVENT_INVALID'
  }
  return false
}
