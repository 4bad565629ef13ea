import { type EditorSelection, type Extension, Text } from '@codemirror/state'
import { type EditorView, ViewPlugin } from '@codemirror/view'
import type { EventRecorder } from '../recorder-types.js'
import { changesOf, originOf } from './codemirror-edits.js'
import { type Caret, type EditRecording, type EditRecordingOptions, recordEdits } from './edit-recording.js'
import { fileHandle } from './files-handle.js'

export { aiOrigin, recordedOrigin } from './codemirror-edits.js'

export interface RecordCodeMirrorOptions extends EditRecordingOptions {
  /** The file's path, which its events go by, until `recordFiles(recorder).rename` says that it has another one. */
  fileId: string
}

/**
 * Records what happens in a CodeMirror 6 editor: an extension of the state of each file.
 *
 *     const extensions = [basicSetup, recordCodeMirror(recorder, { fileId: 'src/app.ts', language: 'typescript' })]
 *
 * The text is told when an editor starts on it (a new view, `view.setState`, `resync` of the recorder), then each
 * change of it with its origin, the cursor, and the whole text two seconds after the last change, on
 * `recordSave(view)` and when the editor leaves the file.
 *
 * The text is `state.doc.toString()`: lines with `\n` between them, whatever the file has; the `lineSeparator` of
 * `editor_open` is the state's.
 *
 * Of several views that show one file the one that opened it last tells of it: they must be kept the same, by
 * dispatching changes of one into the others with their `userEvent`.
 */
export function recordCodeMirror(recorder: EventRecorder, options: RecordCodeMirrorOptions): Extension {
  const file = fileHandle(recorder, options.fileId)
  return ViewPlugin.define((view) => {
    const { state, dom } = view
    /** The text after the last edit told: within an update that of the view may be ahead of it. */
    let { doc } = state
    const editor = {
      file,
      dom,
      text: () => `${doc}`,
      caret: () => caretOf(view.state.selection),
      lineSeparator: state.lineBreak,
    }
    const recording = recordEdits(recorder, editor, options)
    recordings.set(view, recording)
    return {
      // Not an update listener: one before it may dispatch again, and then updates are heard in the wrong order.
      update({ transactions }) {
        for (const transaction of transactions) {
          if (!transaction.docChanged) continue
          doc = transaction.newDoc
          const [origin, source] = originOf(transaction)
          recording.edit(changesOf(transaction), origin, source, caretOf(transaction.newSelection))
        }
        recording.select()
      },
      destroy() {
        recording.dispose()
        recordings.delete(view)
      },
    }
  })
}

/** Puts text of the AI in the place of the selection. */
export function insertFromAi(view: EditorView, text: string): void {
  view.dispatch(view.state.replaceSelection(Text.of(text.split(/\r\n?|\n/))), {
    userEvent: 'input.ai',
    scrollIntoView: true,
  })
}

/** To be called when the candidate saves, or the page saves for them: tells the text, and that it was saved. */
export function recordSave(view: EditorView): void {
  recordings.get(view)?.save()
}

const recordings = new WeakMap<EditorView, EditRecording>()

const caretOf = ({ main: { anchor, head } }: EditorSelection): Caret => ({ anchor, head })
