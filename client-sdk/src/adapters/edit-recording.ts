import type { CodeChange, EditOrigin } from '../../../protocol/event-schemas.js'
import type { EventRecorder } from '../recorder-types.js'
import { type ClipboardSource, clipboardOf } from './clipboard-memory.js'
import type { FileHandle } from './files-handle.js'
import { recordQuietly } from './record-quietly.js'

export interface EditRecordingOptions {
  /** Of the file, for example `typescript`; the player colours by it. */
  language?: string
  /** So long after the last change the whole text is told. Default: 2,000. */
  snapshotAfterMs?: number
  /** A cursor that moves is told no more often than this, and where it stops in any case. Default: 100. */
  cursorEveryMs?: number
}

/** In UTF-16 units of the text. */
export type Caret = readonly [anchor: number, head: number]

/** A text of which the length costs nothing to know. */
export interface RecordedText {
  readonly length: number
  toString(): string
}

export interface RecordedEditor {
  file: FileHandle
  /** The root of the editor in the page. */
  dom: HTMLElement
  /** The text after the last edit that was told. */
  text(): RecordedText
  /** What the editor's file has between its lines, whatever the text has. */
  lineSeparator: string
}

/** What one editor tells of one file. */
export interface EditRecording {
  /**
   * Tells one edit; `changes` are ascending and don't overlap, in units of the text before.
   *
   * @param caret after the edit; absent where `select` is still to say it
   * @param source where a pasted or dropped text is from, if that is known without asking the clipboard's memory
   */
  edit(changes: CodeChange[], origin: EditOrigin, caret?: Caret, source?: ClipboardSource): void
  select(caret: Caret): void
  save(): void
  /** The editor shows something else now, or is gone: what is still to be told of the file is told. */
  dispose(): void
}

/** A longer text is not made while the candidate's key is handled, save when a file is opened. */
const LARGE_UNITS = 64 * 1024

/**
 * Records an editor of one file, whichever editor it is: the text it opens with, each change of it, where the cursor
 * is, keys and what is copied, and from time to time the whole text.
 *
 * INVARIANT: what replay makes of the events is the editor's text. So an edit is told only on top of a text that was:
 * where an event was not kept (no room, a fault), edits wait until the whole text is told again.
 */
export function recordEdits(
  recorder: EventRecorder,
  { file, dom, text, lineSeparator }: RecordedEditor,
  caret: Caret,
  { language, snapshotAfterMs = 2000, cursorEveryMs = 100 }: EditRecordingOptions,
): EditRecording {
  /** Where replay has the cursor, as far as known. */
  let told: Caret | undefined
  let isBehind = false
  /** Changed since the whole text was told. */
  let isDirty = false
  let cursorTimer: ReturnType<typeof setTimeout> | undefined
  let textTimer: ReturnType<typeof setTimeout> | undefined
  const clipboard = clipboardOf(recorder)
  const listening = new AbortController()
  const me = {}

  const record = (type: string, data: object): number =>
    recordQuietly(recorder, { type, fileId: file.path, data })

  const open = () => {
    file.writer = me
    told = undefined
    isBehind = !record('editor_open', { language, lineSeparator, content: text().toString() })
    if (caret[0] || caret[1]) tellCursor()
  }

  // Of two editors that show one file both hear of each change of it: the one that opened it last tells.
  const isMute = () => isBehind || file.writer !== me

  const tellCursor = () => {
    cursorTimer = undefined
    if (isMute() || isSame(caret, told)) return
    told = caret
    record('cursor', selectionOf(caret))
  }

  const tellText = () => {
    if (!isDirty || file.writer !== me) return
    isDirty = false
    if (isBehind) open()
    else record('code_snapshot', { fileName: file.path, language, content: text().toString() })
  }

  const tellTextAfter = (ms: number) => {
    clearTimeout(textTimer)
    textTimer = setTimeout(tellText, ms)
  }

  const onEvent = (event: Event) => {
    const { key, clipboardData, dataTransfer } = event as KeyboardEvent & ClipboardEvent & DragEvent
    const copied = (clipboardData ?? dataTransfer)?.getData('text/plain')
    if (copied) clipboard.copied(copied, 'own')
    if (key && !MODIFIER.test(key)) record('keystroke', {})
  }
  // Not in the capture phase: the editor itself decides what goes onto the clipboard.
  for (const type of ['keydown', 'copy', 'cut', 'dragstart']) dom.addEventListener(type, onEvent, listening)
  const off = recorder.on('resync', () => {
    if (file.writer === me) open()
  })
  open()

  return {
    edit(changes, origin, caretNow, source) {
      // Typing takes the cursor along, in replay too: told each time, it would be a third of the recording.
      const expected = told && afterChanges(told, changes)
      caret = caretNow ?? expected ?? caret
      isDirty = true
      tellTextAfter(snapshotAfterMs)
      // The other editor of this file is gone; what it told may not be what this one was changed from.
      if (!file.writer) open()
      else if (!isMute()) {
        // Several cursors paste the same text each, or a line of it each.
        const texts = changes.map(([, , inserted]) => inserted)
        const text = new Set(texts).size > 1 ? texts.join('') : texts[0]
        const isBrought = text && (origin === 'paste' || origin === 'drop')
        told = caretNow ?? expected
        isBehind = !record('code_edit', {
          changes,
          origin,
          source: isBrought ? (source ?? clipboard.sourceOf(text)) : undefined,
          selection: caretNow && !isSame(caretNow, expected) ? selectionOf(caretNow) : undefined,
        })
      }
    },
    select(caretNow) {
      caret = caretNow
      if (!cursorTimer && !isSame(caret, told)) cursorTimer = setTimeout(tellCursor, cursorEveryMs)
    },
    save() {
      isDirty = true
      if (text().length > LARGE_UNITS) tellTextAfter(0)
      else tellText()
      record('file_write', { filePath: file.path, language })
    },
    dispose() {
      off()
      listening.abort()
      tellCursor()
      tellText()
      // Timers that still run find that this one tells nothing any more.
      if (file.writer === me) file.writer = undefined
    },
  }
}

const MODIFIER = /Shift|Control|Alt|Meta|Lock/

const selectionOf = ([anchor, head]: Caret) => ({ anchor, head })

const isSame = (a: Caret, b?: Caret): boolean => `${a}` === `${b}`

/** Where replay has a cursor after changes around it. */
const afterChanges = ([anchor, head]: Caret, changes: readonly CodeChange[]): Caret => {
  const after = (offset: number) => {
    let growth = 0
    for (const [at, deleted, inserted] of changes) {
      if (at > offset) break
      if (offset < at + deleted) return at + growth + inserted.length
      growth += inserted.length - deleted
    }
    return offset + growth
  }
  return [after(anchor), after(head)]
}
