import type { editor, IPosition } from 'monaco-editor'
import type { EditOrigin } from '../../../protocol/event-schemas.js'
import type { EventRecorder } from '../recorder-types.js'
import { type Caret, type EditRecording, type EditRecordingOptions, recordEdits } from './edit-recording.js'
import { onePer } from './edit-shared.js'
import { fileHandle } from './files-handle.js'
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

const LATER_MS = 1000

/** What `as` says, while it runs: of an editor's model another one may tell that shows it, too. */
let stated: EditOrigin | undefined

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
  const fileOf = onePer((model: editor.ITextModel) => fileHandle(recorder, fileIdOf(model)))
  const dom = editor.getContainerDomNode()
  const started: { dispose(): void }[] = []
  let recording: EditRecording | undefined
  let brought: EditOrigin = 'program'
  let isBroughtUntilMs = 0

  // Monaco may put in later what the browser has pasted or dropped, and does not say then how it came. It stops some
  // of these events right at its own element, so they are heard on their way there.
  const onBrought = (event: Event) => {
    if (!dom.contains(event.target as Node)) return
    brought = event.type as 'paste' | 'drop'
    isBroughtUntilMs = performance.now() + LATER_MS
  }
  const around = dom.parentNode ?? dom
  const listening = new AbortController()
  const asCapture = { capture: true, signal: listening.signal }
  around.addEventListener('paste', onBrought, asCapture)
  around.addEventListener('drop', onBrought, asCapture)

  const stop = () => {
    for (const one of started.splice(0)) one.dispose()
  }
  const start = () => {
    stop()
    started.push(editor.onDidChangeModel(start), editor.onDidDispose(dispose))
    const model = editor.getModel()
    if (!model) return
    const caret = (): Caret => {
      const selection = editor.getSelection()
      const offsetOf = (position: IPosition | undefined) => (position ? model.getOffsetAt(position) : 0)
      return { anchor: offsetOf(selection?.getSelectionStart()), head: offsetOf(selection?.getPosition()) }
    }
    const watched = { file: fileOf(model), dom, text: () => model.getValue(), caret }
    const mine = recordEdits(recorder, watched, { language: model.getLanguageId(), ...options })
    recording = mine
    const onChange = (event: editor.IModelContentChangedEvent) => {
      const [origin, source] = stated
        ? [stated]
        : originOf(event, performance.now() < isBroughtUntilMs ? brought : 'program')
      isBroughtUntilMs = 0
      for (const changes of editsOf(event.changes)) {
        // Where this tells the whole text instead, the text has the edits that follow already.
        if (!mine.edit(changes, origin, source)) break
      }
      // The cursor stays where it was, or the editor moves it next.
      mine.select()
    }
    started.push(
      mine,
      model.onDidChangeContent(onChange),
      // What is told of a file says its language.
      model.onDidChangeLanguage(start),
      editor.onDidChangeCursorSelection(mine.select),
      // After this there is no text to tell of any more.
      model.onWillDispose(mine.dispose),
    )
  }
  const dispose = () => {
    stop()
    listening.abort()
  }
  start()

  const as = (origin: EditOrigin, run: () => void) => {
    stated = origin
    try {
      run()
    } finally {
      stated = undefined
    }
  }
  return {
    save: () => recording?.save(),
    as,
    insertFromAi(text) {
      editor.pushUndoStop()
      as('ai', () => editor.trigger('ai', 'type', { text }))
      editor.pushUndoStop()
    },
    dispose,
  }
}
