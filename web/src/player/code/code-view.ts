import { ensureSyntaxTree } from '@codemirror/language'
import { Compartment, EditorState, type Extension, type StateEffect } from '@codemirror/state'
import { EditorView, highlightSpecialChars, lineNumbers } from '@codemirror/view'
import type { FileState, LineDiff } from '../../../../replay/index.js'
import { afterLayout } from '../../ui/after-layout.js'
import { pageNonce } from '../../ui/page-nonce.js'
import type { PlaybackMode } from '../playback.js'
import { textChange } from '../text-change.js'
import { codeTheme } from './code-theme.js'
import { cutMarks, setCuts } from './cut-marks.js'
import { diffMarks, firstChangedLine, setDiff } from './diff-marks.js'
import { loadedLanguage, loadLanguage } from './languages.js'
import { findMarks, maskMarks } from './match-marks.js'
import {
  addGlow,
  GLOW_MS,
  hasGlows,
  keepGlowsOf,
  remoteMarks,
  setRemoteSelection,
  withinText,
} from './remote-marks.js'
import { type ShownText, shownText } from './shown-text.js'
import { withUnreadSelection } from './unread-selection.js'

/** How many files keep their place; the one left longest ago loses it. */
const MAX_KEPT = 50
/** More than this at once is another moment, not an edit to point at. */
const GLOW_MAX_CHARS = 4000
/** For so many a grammar takes a millisecond or two: the colours of more come after the text, in the same frame. */
const COLOURED_AT_ONCE_CHARS = 2000
/** What a grammar may take of a frame; the editor reads on while the page is idle. */
const MAX_PARSE_MS = 20

export interface ShowOptions {
  mode: PlaybackMode
  /** The moment shown, epoch ms: what changed within a second before it glows. */
  atMs: number
  /** Bring the place of the last change into view. */
  follow: boolean
}

/** Of a file that was in front before. */
interface KeptFile {
  state: EditorState
  scrollTop: number
  scrollLeft: number
}

/**
 * One read-only editor that shows one file after the other. A file's next text is applied as the smallest
 * change, so that scrolling, folding and the viewer's own selection stay where they are.
 */
export class CodeView {
  private readonly view: EditorView
  private readonly language = new Compartment()
  private readonly found = new Compartment()
  private foundText = ''
  private readonly kept = new Map<string, KeptFile>()
  private shownKey: string | null = null
  private shown: FileState | null = null
  private shownIs: ShownText = shownText('')
  private diff: LineDiff | null = null
  /** As far as it was drawn: to ask the editor, the page would have to be laid out at once. */
  private scrolled = { scrollTop: 0, scrollLeft: 0 }
  private glowTimer: ReturnType<typeof setTimeout> | undefined
  private giveUpColours = () => {}
  private stopped = false

  constructor(parent: HTMLElement) {
    this.view = new EditorView({ parent, state: this.newState('', '') })
    const { scrollDOM } = this.view
    scrollDOM.addEventListener('scroll', () => {
      this.scrolled = { scrollTop: scrollDOM.scrollTop, scrollLeft: scrollDOM.scrollLeft }
    })
  }

  show(file: FileState, options: ShowOptions): void {
    withUnreadSelection(this.view, () => this.change(file, options))
  }

  private change(file: FileState, options: ShowOptions): void {
    const key = `${file.source} ${file.path}`
    const same = key === this.shownKey
    const wasIs = this.shownIs
    if (file.text !== this.shown?.text || !same) this.shownIs = shownText(file.text)
    const effects: StateEffect<unknown>[] = [keepGlowsOf.of(same ? options.atMs : null)]
    if (same && file === this.shown) {
      // With each transaction the editor asks where the selection is, and the page is laid out for that.
      if (hasGlows(this.view.state)) this.view.dispatch({ effects })
      return
    }
    const kept = same ? null : this.leaveFor(key)
    const state = same ? this.view.state : (kept?.state ?? this.newState(this.shownIs.text, file.path))
    const before = same ? wasIs.text : kept === null ? this.shownIs.text : state.doc.toString()
    const change = textChange(before, this.shownIs.text)
    // With its grammar the editor would read all of the text at once, for up to 20 ms, before it shows any of it.
    const isLong = change !== null && change.to - change.from + change.insert.length > COLOURED_AT_ONCE_CHARS
    if (isLong) effects.push(this.language.reconfigure([]))
    effects.push(setRemoteSelection.of(this.placed(file.selection)), setCuts.of(this.shownIs.cuts))
    const glow = this.glowOf(file, options, same ? change : null)
    if (glow !== null) effects.push(addGlow.of(glow))
    const placeBefore = same && this.shown !== null ? followed(this.shown) : null
    this.shown = file
    if (!same) effects.push(setDiff.of(null), this.found.reconfigure(findMarks(this.foundText)))
    const place = options.follow ? followed(file) : null
    // A caret is told after the edit that moved it.
    const scrolls = place !== null && (change !== null || !same || place !== placeBefore)
    const target = scrolls ? this.shownIs.placeOf(place) : null
    // The editor holds a place to the length of the text before the change; a later one needs a transaction of its own.
    const isWithin = target !== null && target <= Math.min(before.length, this.shownIs.text.length)
    if (same && isWithin) effects.push(intoView(target, 'nearest'))
    const transaction = state.update({ ...(change === null ? {} : { changes: change }), effects })
    if (same) this.view.dispatch(transaction)
    else this.switchTo(key, transaction.state)
    if (isLong || !same) this.colourLater(key, file)
    if (scrolls && !(same && isWithin)) this.scrollToEdit(same ? 'nearest' : 'center')
    else if (!same && !scrolls) this.scrollTo(kept)
  }

  /** Marks each place of a text; '' marks none. */
  markFound(text: string): void {
    if (text === this.foundText) return
    this.foundText = text
    this.view.dispatch({ effects: this.found.reconfigure(findMarks(text)) })
  }

  /** Shows what became of an older text: `diff` leads to the text shown now. Null: the text alone. */
  showDiff(diff: LineDiff | null): void {
    if (diff === this.diff) return
    const isNew = this.diff === null
    this.diff = diff
    withUnreadSelection(this.view, () => this.view.dispatch({ effects: setDiff.of(diff) }))
    const line = diff === null || !isNew ? null : firstChangedLine(diff)
    if (line === null) return
    const { doc } = this.view.state
    const place = line > doc.lines ? doc.length : doc.line(line).from
    this.view.dispatch({ effects: EditorView.scrollIntoView(place, { y: 'nearest', yMargin: 60 }) })
  }

  /** Brings the place of the last change into view. */
  reveal(): void {
    this.scrollToEdit('center')
  }

  stop(): void {
    this.stopped = true
    clearTimeout(this.glowTimer)
    this.giveUpColours()
    this.view.destroy()
  }

  private scrollToEdit(y: 'nearest' | 'center'): void {
    const place = this.shown === null ? null : followed(this.shown)
    if (place === null) return
    const shownPlace = withinText(this.shownIs.placeOf(place), this.view.state.doc.length)
    this.view.dispatch({ effects: intoView(shownPlace, y) })
  }

  /** Keeps the place of the file in front, and answers what was kept of the one that is to come; null where nothing was. */
  private leaveFor(key: string): KeptFile | null {
    if (this.shownKey !== null) {
      this.kept.delete(this.shownKey)
      this.kept.set(this.shownKey, { state: this.view.state, ...this.scrolled })
      for (const oldest of this.kept.keys()) if (this.kept.size > MAX_KEPT) this.kept.delete(oldest)
    }
    return this.kept.get(key) ?? null
  }

  private switchTo(key: string, state: EditorState): void {
    this.view.setState(state)
    this.diff = null
    this.shownKey = key
  }

  private scrollTo(kept: KeptFile | null): void {
    const { scrollTop = 0, scrollLeft = 0 } = kept ?? {}
    this.scrolled = { scrollTop, scrollLeft }
    Object.assign(this.view.scrollDOM, this.scrolled)
  }

  /** Before the frame is drawn, when it is known which part of the text is in view; later where the grammar is not here yet. */
  private colourLater(key: string, { path, language }: FileState): void {
    this.giveUpColours()
    this.giveUpColours = afterLayout(this.view.dom, () => {
      const grammar = loadedLanguage(path, language)
      if (grammar !== null) this.colour(grammar)
      // Where it does not load, the text is shown all the same, in one colour.
      else
        loadLanguage(path, language)?.().then(
          (late) => this.shownKey === key && this.colour(late),
          () => {},
        )
    })
  }

  private colour(grammar: Extension): void {
    if (this.stopped) return
    const { view } = this
    const withGrammar = view.state.update({ effects: this.language.reconfigure(grammar) })
    ensureSyntaxTree(withGrammar.state, view.viewport.to, MAX_PARSE_MS)
    // What was read is taken over with the transaction after it.
    withUnreadSelection(view, () => view.dispatch([withGrammar, withGrammar.state.update({})]))
  }

  /** What of a file glows, as places in the shown text. */
  private glowOf(
    file: FileState,
    { mode, atMs }: ShowOptions,
    change: { from: number; insert: string } | null,
  ): { from: number; to: number; atMs: number } | null {
    const changedMs = file.lastChangeMs
    if (atMs - changedMs > GLOW_MS || changedMs > atMs) return null
    if (mode === 'following') this.endGlowsLater()
    // While time passes, what differs from the frame before; after a jump, what the last edit reached.
    const moved =
      mode === 'paused'
        ? file.lastChange
        : change && { from: change.from, to: change.from + change.insert.length }
    if (moved === null) return null
    const place = mode === 'paused' ? this.shownIs.placeOf : (offset: number) => offset
    const { length } = this.shownIs.text
    const [from, to] = [withinText(place(moved.from), length), withinText(place(moved.to), length)]
    return to - from > GLOW_MAX_CHARS ? null : { from, to, atMs: changedMs }
  }

  /** Live, the moment shown is that of the last event: time passes all the same. */
  private endGlowsLater(): void {
    clearTimeout(this.glowTimer)
    this.glowTimer = setTimeout(() => this.view.dispatch({ effects: keepGlowsOf.of(null) }), GLOW_MS)
  }

  private placed(selection: FileState['selection']): FileState['selection'] {
    if (selection === null) return null
    const place = (offset: number) => this.shownIs.placeOf(withinText(offset, Number.MAX_SAFE_INTEGER))
    return { anchor: place(selection.anchor), head: place(selection.head) }
  }

  /** In one colour. */
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
      maskMarks,
      this.found.of(findMarks(this.foundText)),
      cutMarks,
      diffMarks,
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

/** Sideways only as far as a long line asks for, and back again: the beginnings of lines are what is read. */
const intoView = (place: number, y: 'nearest' | 'center'): StateEffect<unknown> =>
  EditorView.scrollIntoView(place, { y, yMargin: 40, x: 'end', xMargin: 24 })

/** Where the eye should be: the caret if it is known, else the end of the last change. */
function followed(file: FileState): number | null {
  const place = file.selection?.head ?? file.lastChange?.to ?? null
  return place === null ? null : withinText(place, file.text.length)
}
