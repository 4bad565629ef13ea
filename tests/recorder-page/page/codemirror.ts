import { history, historyKeymap, insertNewline, standardKeymap } from '@codemirror/commands'
import { EditorState } from '@codemirror/state'
import { EditorView, keymap, lineNumbers } from '@codemirror/view'
import { recordCodeMirror } from '../../../client-sdk/src/adapters/codemirror.js'
import { openInterview } from './interview.js'

await openInterview(({ parent, text, fileId, language, recorder, onChange }) => {
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        history(),
        // Enter alone, so that what is typed is what the recording that is typed from says.
        keymap.of([{ key: 'Enter', run: insertNewline }, ...historyKeymap, ...standardKeymap]),
        recordCodeMirror(recorder, { fileId, language }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange()
        }),
      ],
    }),
  })
  return {
    text: () => view.state.doc.toString(),
    select: (from, to) => {
      const { length } = view.state.doc
      view.dispatch({
        selection: { anchor: Math.min(from, length), head: Math.min(to, length) },
        scrollIntoView: true,
      })
    },
    focus: () => view.focus(),
  }
})
