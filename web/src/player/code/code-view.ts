import { Compartment, EditorState, type Extension, type StateEffect } from '@codemirror/state'
import { EditorView, highlightSpecialChars, lineNumbers } from '@codemirror/view'
import type { FileState } from '../../../../replay/index.js'
import { pageNonce } from '../../ui/page-nonce.js'
import { textChange } from '../text-change.js'
import { codeTheme } from './code-theme.js'
import { loadLanguage } from './languages.js'
import { addGlow, clearGlows, remoteMarks, setRemoteSelection, withinText } from './remote-marks.js'

const GLOW_MS = 1000
/** How many files keep their place; the one left longest ago loses it. */
const MAX_KEPT = 50
/** More than this at once is another moment, not an edit to point at. */
const GLOW_MAX_CHARS = 4000

export interface ShowOptions {
  /** Let what changed glow for a second. */
  glow: boolean
  /** Bring the place of the last change into view. */
  follow: boolean
}

/**
 * One read-only editor that shows one file after the other. A file's next text is applied as the smallest
 * change, so that scrolling, folding and the viewer's own selection stay where they are.
 */
export class CodeView {
  private readonly view: EditorView
  private readonly language = new Compartment()
  private readonly kept = new Map<string, { state: EditorState; scrollTop: number; scrollLeft: number }>()
  private shownKey: string | null = null
  private shown: FileState | null = null
  private glowTimer: ReturnType<typeof setTimeout> | undefined
  private stopped = false

  constructor(parent: HTMLElement) {
    this.view = new EditorView({ parent, state: this.newState('', '') })
  }

  show(file: FileState, options: ShowOptions): void {
    const key = `${file.source} ${file.path}`
    const same = key === this.shownKey
    if (!same) this.switchTo(key, file)
    if (file === this.shown) return
    const change = textChange(same ? (this.shown?.text ?? '') : this.view.state.doc.toString(), file.text)
    const effects: StateEffect<unknown>[] = [setRemoteSelection.of(file.selection)]
    if (change !== null && options.glow && same && change.insert.length <= GLOW_MAX_CHARS) {
      effects.push(addGlow.of({ from: change.from, to: change.from + change.insert.length }))
      this.fadeGlows()
    }
    this.shown = file
    this.view.dispatch({ ...(change === null ? {} : { changes: change }), effects })
    if (options.follow && (change !== null || !same)) this.scrollToEdit(same ? 'nearest' : 'center')
  }

  /** Brings the place of the last change into view. */
  reveal(): void {
    this.scrollToEdit('center')
  }

  stop(): void {
    this.stopped = true
    clearTimeout(this.glowTimer)
    this.view.destroy()
  }

  // In a transaction of its own: in one with the change, the place is cut to the length of the text before it.
  private scrollToEdit(y: 'nearest' | 'center'): void {
    const place = this.shown === null ? null : followed(this.shown)
    if (place === null) return
    this.view.dispatch({ effects: EditorView.scrollIntoView(place, { y, yMargin: 40 }) })
  }

  private switchTo(key: string, file: FileState): void {
    const { scrollDOM } = this.view
    if (this.shownKey !== null) {
      const { scrollTop, scrollLeft } = scrollDOM
      this.kept.delete(this.shownKey)
      this.kept.set(this.shownKey, { state: this.view.state, scrollTop, scrollLeft })
      for (const oldest of this.kept.keys()) if (this.kept.size > MAX_KEPT) this.kept.delete(oldest)
    }
    const before = this.kept.get(key)
    this.view.setState(before?.state ?? this.newState(file.text, file.path))
    this.view.dispatch({ effects: clearGlows.of(null) })
    scrollDOM.scrollTop = before?.scrollTop ?? 0
    scrollDOM.scrollLeft = before?.scrollLeft ?? 0
    this.shownKey = key
    this.shown = null
    if (before === undefined) this.loadLanguageOf(key, file)
  }

  private loadLanguageOf(key: string, file: FileState): void {
    const load = loadLanguage(file.path, file.language)
    load?.().then(
      (language) => {
        const effects = this.language.reconfigure(language)
        const kept = this.kept.get(key)
        if (this.stopped) return
        if (this.shownKey === key) this.view.dispatch({ effects })
        else if (kept !== undefined) kept.state = kept.state.update({ effects }).state
      },
      // The grammar did not load: the text is shown all the same, in one colour.
      () => {},
    )
  }

  private fadeGlows(): void {
    clearTimeout(this.glowTimer)
    this.glowTimer = setTimeout(() => this.view.dispatch({ effects: clearGlows.of(null) }), GLOW_MS)
  }

  private newState(text: string, path: string): EditorState {
    const extensions: Extension[] = [
      // The one separator: offsets of edits count every character, so a CR must stay a character.
      EditorState.lineSeparator.of('\n'),
      EditorState.readOnly.of(true),
      EditorView.editable.of(false),
      EditorView.cspNonce.of(pageNonce()),
      lineNumbers(),
      highlightSpecialChars({ render: drawSpecial }),
      remoteMarks,
      codeTheme,
      this.language.of([]),
      EditorView.contentAttributes.of({
        tabindex: '0',
        'aria-readonly': 'true',
        'aria-label': path === '' ? 'Code' : `Code of ${path}`,
      }),
    ]
    return EditorState.create({ doc: text, extensions })
  }
}

/** Invisible characters are made visible; only the CR of Windows line ends would be mere noise. */
function drawSpecial(code: number, description: string | null, placeholder: string): HTMLElement {
  const mark = document.createElement('span')
  mark.className = 'cm-specialChar'
  mark.textContent = code === 13 ? '' : placeholder
  mark.title = description ?? `Character ${code}`
  mark.setAttribute('aria-label', mark.title)
  return mark
}

/** Where the eye should be: the caret if it is known, else the end of the last change. */
function followed(file: FileState): number | null {
  const place = file.selection?.head ?? file.lastChange?.to ?? null
  return place === null ? null : withinText(place, file.text.length)
}
