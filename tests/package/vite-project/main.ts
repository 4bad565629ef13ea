import { EditorView } from '@codemirror/view'
import { createRecorder } from '@interviewlm/recorder-sdk'
import { insertFromAi, recordCodeMirror } from '@interviewlm/recorder-sdk/adapters/codemirror'
import { recordPageSignals } from '@interviewlm/recorder-sdk/adapters/page-signals'

const { url = '', token = '' } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)))
const recorder = createRecorder({ url, token })
recordPageSignals(recorder)

const view = new EditorView({
  parent: document.querySelector('#editor') as Element,
  doc: 'a\n',
  extensions: [recordCodeMirror(recorder, { fileId: 'main.ts', language: 'typescript' })],
})
insertFromAi(view, '// hi\n')

Object.assign(window, { recorder })
