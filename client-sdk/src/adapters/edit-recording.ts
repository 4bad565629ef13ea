import type { CodeChange, EditOrigin } from '../../../protocol/event-schemas.js'
import type { EventRecorder } from '../recorder-types.js'
import { type ClipboardMemory, type ClipboardSource, clipboardOf } from './clipboard-memory.js'
import type { FileHandle } from './files-handle.js'

export interface EditRecordingOptions {
  /** Of the file, for example `typescript`; the player colours by it. */
  language?: string
  /** So long after the last change the whole text is told. Default: 2,000. */
  snapshotAfterMs?: number
  /** A cursor that moves is told no more often than this, and where it stops in any case. Default: 100. */
  cursorEveryMs?: number
}

/** In UTF-16 units of the text. */
export interface Caret {
  anchor: number
  head: number
}

export interface RecordedEditor {
  file: FileHandle
  /** The root of the editor in the page. */
  dom: HTMLElement
  /** The text after the last edit that was told. */
  text(): string
  caret(): Caret
  /** What the file has between its lines, where that is not in the text. */
  lineSeparator?: string
}

/** What one editor tells of one file. */
export interface EditRecording {
  /**
   * Tells one edit; `changes` are ascending and don't overlap, in units of the text before.
   *
   * @param source where a pasted or dropped text is from, if that is known without asking the clipboard's memory
   * @param caret after the edit, where the editor has it there already
   * @returns false where the whole text was told in its place
   */
  edit(changes: CodeChange[], origin: EditOrigin, source?: ClipboardSource, caret?: Caret): boolean
  /** The cursor may be elsewhere. */
  select(): void
  save(): void
  /** The editor shows something else now, or is gone: what is still to be told of the file is told. */
  dispose(): void
}

/**
 * Records an editor of one file, whichever editor it is: the text it opens with, each change of it, where the cursor
 * is, keys and what is copied, and from time to time the whole text.
 *
 * INVARIANT: what replay makes of the events is the editor's text. So an edit is told only on top of a text that was:
 * where an event was not kept (no room, a fault), nobody is the file's writer until the whole text is told again.
 */
export function recordEdits(
  recorder: EventRecorder,
  { file, dom, text, caret, lineSeparator }: RecordedEditor,
  { language, snapshotAfterMs = 2000, cursorEveryMs = 100 }: EditRecordingOptions,
): EditRecording {
  /** Where replay has the cursor, as far as known. */
  let told: Caret | undefined
  /** Changed since the whole text was told. */
  let isDirty = false
  /** The page's own way to hear of errors, until it has heard of one. */
  let report: ((error: unknown) => void) | undefined = globalThis.reportError
  let cursorTimer: ReturnType<typeof setTimeout> | undefined
  let textTimer: unknown
  let changedAtMs = 0
  const clipboard = clipboardOf(recorder)
  /** Ends the listening, and stands for this recording as a writer. */
  const me = new AbortController()

  // The page's editor must not suffer: a fault is reported, and only the first. Of a closed recorder it knows.
  const record = (type: string, data: object): boolean => {
    try {
      return recorder.record({ type, data, fileId: file.path, owned: true }) > 0
    } catch (error) {
      if ((error as { code?: string }).code !== 'RECORDER_CLOSED') {
        report?.(error)
        report = undefined
      }
      return false
    }
  }

  const open = () => {
    told = undefined
    file.writer = record('editor_open', { language, lineSeparator, content: text() }) ? me : undefined
    select()
  }

  /** Of two editors that show one file both hear of each change of it: the one that opened it last tells. */
  const isWriter = () => file.writer === me

  // Typing takes the cursor along: no timer for what is known, which would cost a key as much as its event.
  const select = () => {
    if (!cursorTimer && !isSame(caret(), told)) cursorTimer = setTimeout(tellCursor, cursorEveryMs)
  }

  const tellCursor = () => {
    cursorTimer = undefined
    if (!isWriter() || isSame(caret(), told)) return
    told = caret()
    record('cursor', told)
  }

  const onQuiet = () => {
    const leftMs = changedAtMs + snapshotAfterMs - performance.now()
    textTimer = leftMs > 0 && setTimeout(onQuiet, leftMs)
    if (!textTimer) tellText()
  }

  const tellText = () => {
    if (!isDirty) return
    isDirty = false
    if (isWriter()) record('code_snapshot', { fileName: file.path, language, content: text() })
    else if (!file.writer) open()
  }

  const onEvent = (event: Event) => {
    const { key, clipboardData, dataTransfer } = event as KeyboardEvent & ClipboardEvent & DragEvent
    const copied = (clipboardData ?? dataTransfer)?.getData('text/plain')
    if (copied) clipboard.copied(copied, 'own')
    if (key && !MODIFIER.test(key)) record('keystroke', {})
  }
  // Not in the capture phase: the editor itself decides what goes onto the clipboard.
  for (const type of ['keydown', 'copy', 'cut', 'dragstart']) dom.addEventListener(type, onEvent, me)
  const off = recorder.on('resync', () => {
    if (isWriter() || !file.writer) open()
  })
  open()

  return {
    edit(changes, origin, source, caretNow) {
      isDirty = true
      changedAtMs = performance.now()
      // Not anew with each key, which would cost more than all the rest.
      textTimer ||= setTimeout(onQuiet, snapshotAfterMs)
      if (!file.writer) {
        open()
        return false
      }
      if (isWriter()) {
        const expected = told && expectedAfter(told, changes)
        told = caretNow ?? expected
        const isKept = record('code_edit', {
          changes,
          origin,
          source: /paste|drop/.test(origin) ? (source ?? sourceOf(changes, clipboard)) : undefined,
          // Typing takes the cursor along, in replay too: told each time, it would be a third of the recording.
          selection: caretNow && !isSame(caretNow, expected) ? caretNow : undefined,
        })
        if (!isKept) file.writer = undefined
      }
      return true
    },
    select,
    save() {
      isDirty = true
      tellText()
      record('file_write', { filePath: file.path, language })
    },
    dispose() {
      off()
      me.abort()
      // Timers that still run will find nothing to tell.
      tellText()
      if (isWriter()) file.writer = undefined
    },
  }
}

/** Several cursors paste the same text each, or a line of a text each; the lines may be the same, too. */
function sourceOf(changes: readonly CodeChange[], clipboard: ClipboardMemory): ClipboardSource {
  const texts = changes.map((change) => change[2])
  const one = `${texts[0]}`
  const isOne = texts.every((text) => text === one) && clipboard.sourceOf(one) !== 'outside'
  return clipboard.sourceOf(isOne ? one : texts.join(''))
}

const MODIFIER = /Shift|Control|Alt|Meta|Lock/

const isSame = ({ anchor, head }: Caret, b?: Caret): boolean => anchor === b?.anchor && head === b.head

/** Where replay has the cursor after one change around it; of others this need not know. */
function expectedAfter({ anchor, head }: Caret, changes: readonly CodeChange[]): Caret | undefined {
  const [at, deleted, inserted] = changes[0] as CodeChange
  const isInside = anchor >= at && head >= at && anchor <= at + deleted && head <= at + deleted
  const end = at + inserted.length
  return isInside && changes.length === 1 ? { anchor: end, head: end } : undefined
}
