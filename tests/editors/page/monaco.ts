import * as monaco from 'monaco-editor'
import { recordFiles } from '../../../client-sdk/src/adapters/files.js'
import { recordMonaco } from '../../../client-sdk/src/adapters/monaco.js'
import { PageRecorder } from './page-recorder.js'

// Nothing here needs Monaco's worker: this one never answers.
globalThis.MonacoEnvironment = { getWorker: () => new Worker(URL.createObjectURL(new Blob(['']))) }

const recorder = new PageRecorder()
const files = recordFiles(recorder)
const parent = document.createElement('main')
parent.style.height = '400px'
const other = parent.cloneNode() as HTMLElement
document.body.append(parent, other)

monaco.languages.registerCompletionItemProvider('python', {
  provideCompletionItems: (model, position) => {
    const { startColumn, endColumn } = model.getWordUntilPosition(position)
    const { lineNumber } = position
    const range = { startLineNumber: lineNumber, endLineNumber: lineNumber, startColumn, endColumn }
    const kind = monaco.languages.CompletionItemKind.Function
    return { suggestions: [{ label: 'completedWord', insertText: 'completedWord', kind, range }] }
  },
})

const editor = monaco.editor.create(parent, {
  model: null,
  minimap: { enabled: false },
  wordBasedSuggestions: 'off',
})
const recorded = recordMonaco(recorder, editor)
const models = new Map<string, monaco.editor.ITextModel>()

const shownModel = (): monaco.editor.ITextModel => {
  const model = editor.getModel()
  if (model === null) throw new Error('No file is open.')
  return model
}
const rangeOf = (from: number, to: number) =>
  monaco.Range.fromPositions(shownModel().getPositionAt(from), shownModel().getPositionAt(to))

globalThis.editorPage = {
  recorder,
  open(path, text = '', { lineSeparator } = {}) {
    const model = models.get(path) ?? monaco.editor.createModel(text, 'python', monaco.Uri.file(`/${path}`))
    if (lineSeparator) {
      const { LF, CRLF } = monaco.editor.EndOfLineSequence
      model.setEOL(lineSeparator === '\r\n' ? CRLF : LF)
    }
    models.set(path, model)
    editor.setModel(model)
  },
  text: () => shownModel().getValue(),
  caret: () => {
    const model = shownModel()
    const at = editor.getSelection()
    if (at === null) throw new Error('No selection.')
    const anchor = { lineNumber: at.selectionStartLineNumber, column: at.selectionStartColumn }
    return { anchor: model.getOffsetAt(anchor), head: model.getOffsetAt(at.getPosition()) }
  },
  select: (anchor, head = anchor) => {
    const [from, to] = [anchor, head].map((offset) => shownModel().getPositionAt(offset))
    if (!from || !to) return
    editor.setSelection(new monaco.Selection(from.lineNumber, from.column, to.lineNumber, to.column))
  },
  focus: () => editor.focus(),
  insertFromAi: (text) => recorded.insertFromAi(text),
  save: () => recorded.save(),
  undo: () => shownModel().undo(),
  redo: () => shownModel().redo(),
  files,
  rename: (to) => {
    const path = [...models].find(([, model]) => model === shownModel())?.[0]
    if (path !== undefined) files.rename(path, to)
  },
  split() {
    const second = monaco.editor.create(other, { model: shownModel(), minimap: { enabled: false } })
    recordMonaco(recorder, second)
    return () => second.dispose()
  },
  change: (...changes) => {
    const edits = changes.map(([from, to, text]) => ({ range: rangeOf(from, to), text }))
    shownModel().pushEditOperations(null, edits, () => null)
  },
  setAll: (text) => shownModel().setValue(text),
  setLineSeparator: (separator) => {
    const { LF, CRLF } = monaco.editor.EndOfLineSequence
    shownModel().pushEOL(separator === '\n' ? LF : CRLF)
  },
  together(texts) {
    // What is edited while an edit is going on has its event joined with that one's.
    const model = shownModel()
    const edit = (i: number): null => {
      const text = texts[i]
      if (text === undefined) return null
      const offset = Math.floor((model.getValueLength() * i) / texts.length)
      model.pushEditOperations(null, [{ range: rangeOf(offset, offset + 1), text }], () => edit(i + 1))
      return null
    }
    edit(0)
  },
  setLanguage: (language) => monaco.editor.setModelLanguage(shownModel(), language),
  placeOf(offset) {
    const at = editor.getScrolledVisiblePosition(shownModel().getPositionAt(offset))
    if (at === null) throw new Error('This place is not on the screen.')
    const box = parent.getBoundingClientRect()
    return { x: box.left + at.left + 1, y: box.top + at.top + at.height / 2 }
  },
  dispose: () => editor.dispose(),
}
