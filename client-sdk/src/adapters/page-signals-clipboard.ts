import { type CopiedFrom, clipboardOf } from './clipboard-memory.js'
import {
  type PageSignalsOptions,
  type SignalRecorder,
  type SignalWatch,
  startWatch,
} from './page-signals-watch.js'
import { sha256OfLongText, sha256OfText } from './sha256.js'

/** Text up to this length is hashed in the handler. */
const MAX_UNITS_AT_ONCE = 4096
/** So much text may wait to be hashed; what is beyond has a length and no hash [I8]. */
const MAX_UNITS_WAITING = 16 * 1024 * 1024

/**
 * Records pastes and copies (how long, the hash, and where the text is from; never the text) in their place among the
 * edits. The hash of a long text follows as `custom:clipboard_hash` with the source seq of the signal it belongs to:
 * neither may the signal wait for it, nor the page.
 *
 * Text copied inside an element with `data-recorder-source="ai"` is known as the AI's where it is pasted; a button that
 * writes an answer to the clipboard tells `clipboardOf(recorder)`. `data-recorder-file="src/a.ts"` around an editor
 * names the file. Pastes into password fields are not recorded.
 *
 * @returns a function that ends it
 */
export function recordClipboard(recorder: SignalRecorder, options: PageSignalsOptions = {}): () => void {
  return startWatch(recorder, options, watchClipboard)
}

function watchClipboard(watch: SignalWatch): void {
  const memory = clipboardOf(watch.recorder)
  const hashLater = laterHashes(watch)

  const looked = (text: string) => ({
    source: memory.sourceOf(text),
    sha256: text.length > MAX_UNITS_AT_ONCE ? undefined : sha256OfText(text),
  })
  const tell = (type: 'paste' | 'copy', event: Event, text: string, more?: object): void => {
    const data = { lengthChars: text.length, ...(text && looked(text)), ...more }
    const seq = watch.record(type, data, markOf(event, 'data-recorder-file'))
    if (text.length > MAX_UNITS_AT_ONCE && seq > 0) void hashLater(text, seq)
  }

  // Before the editor's own handler: the signal comes before the edit that it explains.
  const onPaste = (event: Event) => {
    if (fieldOf(event)?.type !== 'password') tell('paste', event, writtenText(event))
  }
  watch.listen(watch.window, 'paste', onPaste, true)
  // After everybody else: an editor has put there by then what it wants copied, and told the memory that it is its own.
  const onCopy = (event: Event) => {
    const text = event.defaultPrevented ? writtenText(event) : selectedText(watch.window, event)
    if (text === '') return
    memory.copied(text, placeOf(event))
    tell('copy', event, text, event.type === 'cut' ? { cut: true } : undefined)
  }
  watch.listen(watch.window, 'copy', onCopy)
  watch.listen(watch.window, 'cut', onCopy)
  // What is dragged from one place of the page to another is not from outside either; it is no copy.
  watch.listen(watch.window, 'dragstart', (event) => {
    const text = draggedText(watch.window, event)
    if (text !== '') memory.copied(text, placeOf(event))
  })
  void warmUp(watch, looked)
}

/** Long texts are hashed in tasks of their own. */
function laterHashes(watch: SignalWatch): (text: string, sourceSeq: number) => Promise<void> {
  let unitsWaiting = 0
  return async (text, sourceSeq) => {
    if (unitsWaiting + text.length > MAX_UNITS_WAITING) return
    unitsWaiting += text.length
    const sha256 = (await nextTask(watch)) ? await sha256OfLongText(text) : null
    unitsWaiting -= text.length
    if (sha256 !== null) watch.record('custom:clipboard_hash', { sourceSeq, sha256 })
  }
}

/** What runs for the first times is far slower, until the browser has compiled it: not in the handler of a paste. */
async function warmUp(watch: SignalWatch, run: (text: string) => void): Promise<void> {
  for (let i = 0; i < 8 && (await nextTask(watch)); i++) run('x'.repeat(2048))
}

const nextTask = ({ stopped }: SignalWatch): Promise<boolean> =>
  new Promise((resolve) => setTimeout(() => resolve(!stopped.aborted)))

function placeOf(event: Event): CopiedFrom {
  const mark = markOf(event, 'data-recorder-source')
  return mark === 'ai' || mark === 'own' ? mark : 'page'
}

const draggedText = (window: Window, event: Event): string =>
  (event as DragEvent).dataTransfer?.getData('text/plain') || selectedText(window, event)

const writtenText = (event: Event): string =>
  (event as ClipboardEvent).clipboardData?.getData('text/plain') ?? ''

/** A field's selection is no selection of the page, in some browsers. */
function selectedText(window: Window, event: Event): string {
  const field = fieldOf(event)
  if (field?.selectionStart != null && field.selectionEnd != null)
    return field.value.slice(field.selectionStart, field.selectionEnd)
  return window.getSelection()?.toString() ?? ''
}

type Field = Pick<HTMLInputElement, 'type' | 'value' | 'selectionStart' | 'selectionEnd'>

/** The input or text area that an event happens in, also inside an open shadow root. */
function fieldOf(event: Event): Field | null {
  const target = event.composedPath()[0] as Partial<Field> | undefined
  return typeof target?.value === 'string' ? (target as Field) : null
}

/** What the nearest element around an event says in this attribute. */
function markOf(event: Event, attribute: string): string | null {
  for (const node of event.composedPath()) {
    const mark = (node as Partial<Element>).getAttribute?.(attribute)
    if (mark != null) return mark
  }
  return null
}
