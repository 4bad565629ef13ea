import type { editor } from 'monaco-editor'
import type { EditOrigin } from '../../../protocol/event-schemas.js'
import type { EventRecorder } from '../recorder-types.js'
import { type Caret, type EditRecording, type EditRecordingOptions, recordEdits } from './edit-recording.js'
import { type FileHandle, fileHandle } from './files-handle.js'
import { editsOf, originOf } from './monaco-edits.js'

export interface RecordMonacoOptions extends EditRecordingOptions {
  /** The path that a model's events go by. Default: that of its URI without the first slash. */
  fileIdOf?: (model: editor.ITextModel) => string
}

export interface RecordedMonaco {
  /** To be called when the candidate saves, or the page saves for them: tells the text, and that it was saved. */
  save(): void
  /** For changes that a page makes itself: those of `run` have this origin. */
  as(origin: EditOrigin, run: () => void): void
  /** Puts text of the AI in the place of the selection. */
  insertFromAi(text: string): void
  dispose(): void
}

/**
 * Records what happens in a Monaco editor, in whichever models it shows, until it is disposed.
 *
 *     const recorded = recordMonaco(recorder, monaco.editor.create(element, { model }))
 *
 * The text is told when the editor starts on a model (now, `editor.setModel`, `resync` of the recorder), then each
 * change of it with its origin, the cursor, and the whole text two seconds after the last change, on `save()` and
 * when the editor leaves the model.
 *
 * The text is `model.getValue()`: its line breaks are the model's, so in a CRLF model each counts as two.
 */
export function recordMonaco(
  recorder: EventRecorder,
  editor: editor.ICodeEditor,
  options: RecordMonacoOptions = {},
): RecordedMonaco {
  const { fileIdOf = (model) => model.uri.path.slice(1) } = options
  /** A model keeps its file through renames, though its URI stays what it was. */
  const files = new WeakMap<editor.ITextModel, FileHandle>()
  const dom = editor.getContainerDomNode()
  let recording: EditRecording | undefined
  let stopModel = () => {}
  let stated: EditOrigin | undefined
  /** What the browser has just let in: Monaco may put it in later, and does not say then that it was dropped. */
  let brought: EditOrigin | undefined

  for (const type of ['paste', 'drop'] as const) {
    dom.addEventListener(
      type,
      () => {
        brought = type
        setTimeout(() => {
          brought = undefined
        }, 1000)
      },
      true,
    )
  }

  const startModel = () => {
    stopModel()
    const model = editor.getModel()
    if (!model) return
    const file = files.get(model) ?? fileHandle(recorder, fileIdOf(model))
    files.set(model, file)
    const caret = (): Caret => {
      const at = editor.getSelection()
      return at ? [model.getOffsetAt(at.getSelectionStart()), model.getOffsetAt(at.getPosition())] : [0, 0]
    }
    const text = () => model.getValue()
    const watched = { file, dom, text, caret, lineSeparator: model.getEOL() }
    const started = recordEdits(recorder, watched, { language: model.getLanguageId(), ...options })
    const listeners = [
      model.onDidChangeContent((event) => {
        const [origin, source] = stated ? [stated] : originOf(event, brought)
        brought = undefined
        for (const changes of editsOf(event.changes)) started.edit(changes, origin, undefined, source)
        // It stays where it was, or the editor moves it next.
        started.select()
      }),
      editor.onDidChangeCursorSelection(started.select),
      model.onWillDispose(() => stopModel()),
    ]
    recording = started
    stopModel = () => {
      for (const listener of listeners) listener.dispose()
      started.dispose()
      recording = undefined
    }
  }

  const as = (origin: EditOrigin, run: () => void) => {
    stated = origin
    try {
      run()
    } finally {
      stated = undefined
    }
  }
  const dispose = () => {
    stopModel()
    for (const listener of listeners) listener.dispose()
  }
  const listeners = [editor.onDidChangeModel(startModel), editor.onDidDispose(dispose)]
  startModel()

  return {
    save: () => recording?.save(),
    as,
    insertFromAi(text) {
      const edits = editor.getSelections()?.map((range) => ({ range, text, forceMoveMarkers: true })) ?? []
      editor.pushUndoStop()
      as('ai', () => editor.executeEdits('ai', edits))
      editor.pushUndoStop()
    },
    dispose,
  }
}
