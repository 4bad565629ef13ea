import {
  autocompletion,
  type CompletionContext,
  closeBrackets,
  completionKeymap,
} from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab, redo, undo } from '@codemirror/commands'
import { javascript } from '@codemirror/lang-javascript'
import { search, searchKeymap } from '@codemirror/search'
import { Annotation, EditorState, type Extension, Transaction } from '@codemirror/state'
import { drawSelection, EditorView, keymap } from '@codemirror/view'
import { insertFromAi, recordCodeMirror, recordSave } from '../../../client-sdk/src/adapters/codemirror.js'
import { recordFiles } from '../../../client-sdk/src/adapters/files.js'
import type { OpenOptions } from './editor-page.js'
import { PageRecorder } from './page-recorder.js'

const recorder = new PageRecorder()
const files = recordFiles(recorder)
const parent = document.createElement('main')
document.body.append(parent)

const options = (context: CompletionContext) => {
  const word = context.matchBefore(/\w+/)
  if (!word && !context.explicit) return null
  return { from: word?.from ?? context.pos, options: [{ label: 'completedWord', type: 'function' }] }
}

const extensionsFor = (path: string, { lineSeparator }: OpenOptions): Extension => [
  history(),
  drawSelection(),
  closeBrackets(),
  search(),
  javascript(),
  autocompletion({ override: [options], interactionDelay: 0 }),
  EditorState.allowMultipleSelections.of(true),
  lineSeparator ? EditorState.lineSeparator.of(lineSeparator) : [],
  keymap.of([...completionKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, indentWithTab]),
  recordCodeMirror(recorder, { fileId: path, language: 'javascript' }),
]

const others = new Map<EditorView, EditorView>()
const isFromOther = Annotation.define<boolean>()

/** As CodeMirror's own example of a split view has it. */
const keptAlike =
  (otherOf: (view: EditorView) => EditorView | undefined) =>
  (transactions: readonly Transaction[], view: EditorView): void => {
    view.update(transactions)
    for (const transaction of transactions) {
      const { changes } = transaction
      if (changes.empty || transaction.annotation(isFromOther)) continue
      const userEvent = transaction.annotation(Transaction.userEvent)
      const annotations = isFromOther.of(true)
      otherOf(view)?.dispatch({ changes, annotations, ...(userEvent && { userEvent }) })
    }
  }

const states = new Map<string, EditorState>()
let view: EditorView | undefined
let shown = ''
const shownView = (): EditorView => {
  if (view === undefined) throw new Error('No file is open.')
  return view
}

globalThis.editorPage = {
  recorder,
  open(path, text = '', options = {}) {
    if (view) states.set(shown, view.state)
    const state =
      states.get(path) ?? EditorState.create({ doc: text, extensions: extensionsFor(path, options) })
    shown = path
    if (view) view.setState(state)
    else view = new EditorView({ state, parent, dispatchTransactions: keptAlike((mine) => others.get(mine)) })
  },
  text: () => shownView().state.doc.toString(),
  caret: () => {
    const { anchor, head } = shownView().state.selection.main
    return { anchor, head }
  },
  select: (anchor, head = anchor) =>
    shownView().dispatch({ selection: { anchor, head }, scrollIntoView: true }),
  focus: () => shownView().focus(),
  insertFromAi: (text) => insertFromAi(shownView(), text),
  save: () => recordSave(shownView()),
  undo: () => undo(shownView()),
  redo: () => redo(shownView()),
  files,
  rename(to) {
    files.rename(shown, to)
    shown = to
  },
  split() {
    const first = shownView()
    const second = new EditorView({
      state: first.state,
      parent,
      dispatchTransactions: keptAlike(() => first),
    })
    others.set(first, second)
    return () => {
      others.delete(first)
      second.destroy()
    }
  },
  change: (...changes) => {
    shownView().dispatch({ changes: changes.map(([from, to, insert]) => ({ from, to, insert })) })
  },
  setAll: (text) => {
    const view = shownView()
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } })
  },
  together(texts) {
    const view = shownView()
    let { state } = view
    const transactions = texts.map((insert, i) => {
      const from = Math.floor((state.doc.length * i) / texts.length)
      const transaction = state.update({ changes: { from, insert }, selection: { anchor: from } })
      state = transaction.state
      return transaction
    })
    view.dispatch(transactions)
  },
  placeOf(offset) {
    const at = shownView().coordsAtPos(offset)
    if (at === null) throw new Error('This place is not on the screen.')
    return { x: at.left, y: (at.top + at.bottom) / 2 }
  },
  dispose: () => {
    view?.destroy()
    view = undefined
  },
}
