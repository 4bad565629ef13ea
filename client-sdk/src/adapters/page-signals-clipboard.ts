import { type ClipboardHashes, clipboardHashes } from './clipboard-hashes.js'
import { type CopiedFrom, clipboardOf } from './clipboard-memory.js'
import {
  type PageSignalsOptions,
  type SignalRecorder,
  type SignalWatch,
  startWatch,
} from './page-signals-watch.js'

/**
 * Records pastes and copies (how long, the hash, and where the text is from; never the text) in their place among the
 * edits. The hash of a long text, and of the first ones of a page, follows as `custom:clipboard_hash` with the source seq
 * of the signal it belongs to: neither may the signal wait for it, nor the page.
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
  const looked = (text: string) => ({ source: memory.sourceOf(text), sha256: hashes.atOnce(text) })
  const hashes: ClipboardHashes = clipboardHashes(watch, looked)

  const tell = (type: 'paste' | 'copy', event: Event, text: string, more?: object): void => {
    const known = text ? looked(text) : undefined
    const data = { lengthChars: text.length, ...known, ...more }
    const seq = watch.record(type, data, markOf(event, 'data-recorder-file'))
    if (known && !known.sha256 && seq > 0) void hashes.later(text, seq)
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
}

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
