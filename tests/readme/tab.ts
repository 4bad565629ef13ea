import { createRecorder } from '../../client-sdk/src/index.js'

export function recordInterview(url: string, token: string) {
  const recorder = createRecorder({ url, token })
  recorder.record({ type: 'editor_open', fileId: 'main.py', data: { content: 'print(1)\n' } })
  // Each change is [offset, deleted length, inserted text], in UTF-16 units.
  recorder.record({
    type: 'code_edit',
    fileId: 'main.py',
    data: { changes: [[6, 1, '42']], origin: 'typed' },
  })
  recorder.record({ type: 'terminal_input', data: { command: 'python main.py' } })
  return recorder // recorder.status says what is saved; await recorder.close() when the interview is over
}
