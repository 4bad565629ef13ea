import * as monaco from 'monaco-editor'
import { recordMonaco } from '../../../client-sdk/src/adapters/monaco.js'
import { openInterview } from './interview.js'

globalThis.MonacoEnvironment = {
  getWorker: () =>
    new Worker(new URL('monaco-editor/editor/editor.worker.js', import.meta.url), { type: 'module' }),
}

/** Whatever would type along is off, so that what is typed is what the recording that is typed from says. */
const PLAIN: monaco.editor.IStandaloneEditorConstructionOptions = {
  autoClosingBrackets: 'never',
  autoClosingQuotes: 'never',
  autoClosingDelete: 'never',
  autoClosingOvertype: 'never',
  autoClosingComments: 'never',
  autoSurround: 'never',
  autoIndent: 'none',
  formatOnType: false,
  quickSuggestions: false,
  suggestOnTriggerCharacters: false,
  parameterHints: { enabled: false },
  wordBasedSuggestions: 'off',
  trimAutoWhitespace: false,
  stickyTabStops: false,
}

await openInterview(({ parent, text, fileId, recorder, onChange }) => {
  // A language without a service of its own: its suggestions are nothing to record.
  const model = monaco.editor.createModel(text, 'ruby', monaco.Uri.file(fileId))
  model.setEOL(monaco.editor.EndOfLineSequence.LF)
  const editor = monaco.editor.create(parent, { ...PLAIN, model })
  recordMonaco(recorder, editor)
  model.onDidChangeContent(onChange)
  return {
    text: () => model.getValue(),
    select: (from, to) => {
      // Behind the end is the end.
      const [start, end] = [from, to].map((offset) => model.getPositionAt(offset))
      if (!start || !end) return
      editor.setSelection(monaco.Range.fromPositions(start, end))
      editor.revealPosition(end)
    },
    focus: () => editor.focus(),
  }
})
