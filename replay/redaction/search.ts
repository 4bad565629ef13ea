import type { RecordedEvent } from '../../protocol/events.js'
import { MIN_SECRET_CHARS } from '../../protocol/redaction.js'
import { EscapeParser } from '../escape-sequences.js'
import { isFixedText, isKnownKey, isStreamText, OUTPUT_FIELDS, tellsHash } from './fields.js'
import { FileFollower } from './follow-files.js'
import { findVisible, TerminalFollower } from './follow-terminal.js'
import { eachString, pointerOf } from './json-strings.js'
import { findNeedles, type Needles, NO_NEEDLES } from './needles.js'
import { Places } from './places.js'
import type { RedactionPlan, RedactionTarget, SearchedEvent } from './plan.js'
import { addRange, clipRanges, eachRange, NO_RANGES, type Ranges, sameRanges } from './ranges.js'
import { eachPlace, type Run, type TracedText } from './traced-text.js'
import { EventAssembler, fieldRuns, type WholeEvent } from './whole-events.js'

/** Their texts are files': what looks like an escape sequence there is none, and stands as it is. */
const FILE_TYPES =
  /^(code_edit|code_snapshot|editor_open|file_created|file_deleted|file_renamed|session_start|session_submit)$/
const SNAPSHOT = 'code_snapshot'

/**
 * Finds what a redaction must mask. All events of the session up to where it reaches are given twice, in the order of
 * replay: first to `find`, then to `settle`; memory holds the files' texts as they are and what was found.
 *
 * The second round is for texts that are given whole: only then is it known which of what they repeat is masked, as a
 * file that was saved half-way through typing a secret holds half of it.
 */
export class RedactionSearch {
  readonly #places = new Places()
  readonly #needles: Needles
  readonly #alsoInRange = new Set<number>()
  readonly #rowOfPiece = new Map<number, number>()
  readonly #terminals = new Map<string, TerminalFollower>()
  readonly #sequences = new Map<string, EscapeParser>()
  #assembler = new EventAssembler()
  #files: FileFollower
  readonly #references: { seq: number; row: number }[] = []
  readonly #rows = new Map<number, Ranges>()
  readonly #previousTexts = new Map<number, Ranges>()
  readonly #maskedLists = new WeakMap<readonly Run[], { ranges: Ranges; length: number }>()
  readonly #told: { seq: number; units: number }[] = []
  readonly #maskedUnits = new Set<number>()

  constructor(private readonly target: RedactionTarget) {
    this.#needles = target.kind === 'text' ? target.needles : NO_NEEDLES
    this.#files = new FileFollower({
      changed: (text, from, to) => this.#changed(text, from, to),
      given: () => {},
    })
  }

  /** First round. */
  find(event: SearchedEvent): void {
    const { whole, dropped } = this.#assembler.take(event)
    for (const piece of dropped) this.#direct(piece)
    if (whole !== null) {
      this.#widen(whole)
      this.#direct(whole.event, whole)
      this.#files.apply(whole)
    }
    if (this.target.kind === 'text') this.#terminal(event)
    if (tellsHash(event.type)) this.#findHash(event)
  }

  /** Ends the first round. False: there is nothing to mask, and no second round. */
  found(): boolean {
    for (const piece of this.#assembler.rest()) this.#direct(piece)
    this.#assembler = new EventAssembler()
    this.#files = new FileFollower({
      changed: () => {},
      given: (brought, text) => this.#given(brought, text),
    })
    return this.target.kind === 'range' || this.#places.size > 0
  }

  /** Second round. */
  settle(event: SearchedEvent): void {
    const { whole, dropped } = this.#assembler.take(event)
    for (const piece of dropped) this.#hideUnread(piece)
    if (event.type === SNAPSHOT && event.snapshotSeq !== undefined) {
      this.#references.push({ seq: event.seq, row: event.snapshotSeq })
    }
    // Only now it is known which pieces the range takes along.
    if (this.target.kind === 'range') this.#terminal(event)
    if (tellsHash(event.type)) this.#tell(event)
    if (event.type === 'code_edit') this.#measure(event)
    if (whole === null) return
    this.#files.apply(whole)
    if (whole.event.type !== SNAPSHOT) return
    const { seq } = whole.event
    const previous = this.#placesInRow(whole, 'previousContent')
    if (previous.length > 0) this.#previousTexts.set(seq, previous)
    const content = whole.pieces.length > 1 ? this.#placesInRow(whole, 'content') : NO_RANGES
    if (content.length > 0) this.#rows.set(seq, content)
  }

  plan(): RedactionPlan {
    for (const piece of this.#assembler.rest()) this.#hideUnread(piece)
    for (const { seq, units } of this.#told) {
      if (this.#maskedUnits.has(units)) this.#places.add(seq, '/data/sha256', 0, 64)
    }
    const inlined = new Set<number>()
    const contentOf = (seq: number) => this.#places.of(seq, '/data/content')
    for (const { seq, row } of this.#references) {
      if (seq === row && contentOf(seq).length > 0) this.#rows.set(row, contentOf(seq))
    }
    for (const { seq, row } of this.#references) {
      if (!sameRanges(contentOf(seq), this.#rows.get(row) ?? NO_RANGES)) inlined.add(seq)
    }
    const seqs = [...new Set([...this.#places.seqs(), ...this.#alsoInRange, ...inlined])].sort(
      (a, b) => a - b,
    )
    return {
      target: this.target,
      places: this.#places,
      isInRange: (seq) => this.#isInRange(seq),
      seqs,
      snapshotRows: this.#rows,
      previousTexts: this.#previousTexts,
      inlined,
      typedRows: [...new Set(seqs.map((seq) => this.#rowOfPiece.get(seq) ?? seq))],
    }
  }

  #isInRange(seq: number): boolean {
    const { target } = this
    if (target.kind === 'text') return false
    return (seq >= target.fromSeq && seq <= target.toSeq) || this.#alsoInRange.has(seq)
  }

  /** A range that cuts through a text in pieces takes all of it: half a text in pieces would be read with the rest. */
  #widen({ pieces }: WholeEvent): void {
    if (pieces.length === 1) return
    const last = pieces.at(-1)?.seq as number
    for (const { seq } of pieces) this.#rowOfPiece.set(seq, last)
    if (!pieces.some(({ seq }) => this.#isInRange(seq))) return
    for (const { seq } of pieces) this.#alsoInRange.add(seq)
  }

  #direct(event: RecordedEvent, whole?: WholeEvent): void {
    if (this.target.kind === 'range') return
    const { seq, type, fileId, data } = event
    const isFile = FILE_TYPES.test(type)
    const look = (text: string, found: (from: number, to: number) => void) =>
      isFile || !text.includes('\u001b')
        ? findNeedles(this.#needles, text, found)
        : findVisible(this.#needles, text, found)
    if (fileId !== null) look(fileId, (from, to) => this.#places.add(seq, '/fileId', from, to))
    const pieces = whole?.pieces ?? [event]
    for (const piece of pieces) {
      eachString(piece.data, (text, path) => {
        if (isFixedText(type, path) || isKnownKey(type, path) || isStreamText(type, path)) return
        look(text, (from, to) => this.#places.add(piece.seq, pointerOf('/data', path), from, to))
      })
      if (piece.seq !== seq && piece.fileId !== null) {
        look(piece.fileId, (from, to) => this.#places.add(piece.seq, '/fileId', from, to))
      }
    }
    if (whole === undefined || pieces.length === 1) return
    for (const [name, value] of Object.entries((data ?? {}) as Record<string, unknown>)) {
      if (typeof value !== 'string' || isStreamText(type, [name])) continue
      const runs = fieldRuns(whole, name)
      if (runs.length < 2 || runs.map((run) => run.text).join('') !== value) continue
      look(value, (from, to) => this.#markRuns(runs, from, to))
    }
  }

  /** Streams are texts in pieces anyhow: each piece is fed as it comes. */
  #terminal({ seq, source, type, data }: RecordedEvent): void {
    if (type !== 'terminal_stream' && type !== 'terminal_output') return
    const fields = (data ?? {}) as Record<string, unknown>
    if (type === 'terminal_output') {
      for (const name of OUTPUT_FIELDS)
        this.#stream(`${source} ${name}`, seq, `/data/${name}`, fields[name], 'o')
    } else if (fields.channel === 'o') {
      // Replay shows one screen, whoever wrote to it.
      this.#stream('o', seq, '/data/data', fields.data, 'o')
      if (this.target.kind === 'text') this.#stream(`o ${source}`, seq, '/data/data', fields.data, 'o')
    } else if (fields.channel === 'i') {
      this.#stream(`i ${source}`, seq, '/data/data', fields.data, 'i')
    }
  }

  #stream(key: string, seq: number, field: string, text: unknown, channel: 'o' | 'i'): void {
    if (typeof text !== 'string') return
    if (this.target.kind === 'range') {
      let parser = this.#sequences.get(key)
      if (parser === undefined) {
        parser = new EscapeParser()
        this.#sequences.set(key, parser)
      }
      const hide = (from: number, to: number) => {
        if (this.#isInRange(seq)) this.#places.add(seq, field, from, to)
      }
      parser.feed(text, { print: hide, payload: hide, control: () => {}, csi: () => {} })
      return
    }
    let follower = this.#terminals.get(key)
    if (follower === undefined) {
      follower = new TerminalFollower(this.#needles, (...place) => this.#places.add(...place), channel)
      this.#terminals.set(key, follower)
    }
    follower.feed(seq, field, text)
  }

  #changed(text: TracedText, from: number, to: number): void {
    if (this.target.kind === 'range') return
    const reach = this.#needles.maxUnits - 1
    const start = Math.max(0, from - reach)
    const runs = text.runs(start, Math.min(text.length, to + reach))
    const around = runs.map((run) => run.text).join('')
    findNeedles(this.#needles, around, (a, b) => this.#markRuns(runs, a, b))
  }

  #markRuns(runs: readonly Run[], from: number, to: number): void {
    eachPlace(runs, from, to, (...place) => this.#places.add(...place))
  }

  /** What an event gives whole is masked where what it repeats is. */
  #given(brought: readonly Run[], text: TracedText): void {
    let at = 0
    for (const runs of text.lists()) {
      const { ranges, length } = this.#maskedIn(runs)
      for (const [from, to] of eachRange(ranges)) this.#markRuns(brought, at + from, at + to)
      at += length
    }
  }

  /** INVARIANT: in the second round nothing is marked in what a text consists of, only in what repeats it. */
  #maskedIn(runs: readonly Run[]): { ranges: Ranges; length: number } {
    const known = this.#maskedLists.get(runs)
    if (known !== undefined) return known
    const ranges: number[] = []
    let at = 0
    for (const run of runs) {
      const end = run.at + run.text.length
      if (this.#isInRange(run.seq)) addRange(ranges, at, at + run.text.length)
      else {
        const masked = clipRanges(this.#places.of(run.seq, run.field), run.at, end)
        for (const [from, to] of eachRange(masked)) addRange(ranges, at + from, at + to)
      }
      at += run.text.length
    }
    const found = { ranges, length: at }
    this.#maskedLists.set(runs, found)
    return found
  }

  /** A text in pieces that replay leaves out, in the range: there is nothing that it could be compared with. */
  #hideUnread(piece: RecordedEvent): void {
    if (!this.#isInRange(piece.seq)) return
    for (const name of ['content', 'previousContent']) {
      const text = (piece.data as Record<string, unknown> | null)?.[name]
      if (typeof text === 'string') this.#places.add(piece.seq, `/data/${name}`, 0, text.length)
    }
  }

  /** Places in a text that is whole in a row, from those in the pieces it came in. */
  #placesInRow(whole: WholeEvent, name: string): Ranges {
    const masked: number[] = []
    let at = 0
    for (const { seq, field, text } of fieldRuns(whole, name)) {
      for (const [from, to] of eachRange(this.#places.of(seq, field))) addRange(masked, at + from, at + to)
      at += text.length
    }
    return masked
  }

  #findHash({ seq, data }: RecordedEvent): void {
    const { sha256 } = (data ?? {}) as { sha256?: unknown }
    if (this.target.kind !== 'text' || typeof sha256 !== 'string') return
    if (this.target.hashes.includes(sha256)) this.#places.add(seq, '/data/sha256', 0, sha256.length)
  }

  #tell({ seq, data }: RecordedEvent): void {
    const { sha256, lengthChars } = (data ?? {}) as { sha256?: unknown; lengthChars?: unknown }
    if (typeof sha256 === 'string' && typeof lengthChars === 'number') {
      this.#told.push({ seq, units: lengthChars })
    }
  }

  /** How long the insertions are that are masked: a hash of so long a text could tell what it was. */
  #measure({ seq, data }: RecordedEvent): void {
    const { changes } = (data ?? {}) as { changes?: unknown }
    if (!Array.isArray(changes)) return
    for (const [i, change] of changes.entries()) {
      const inserted: unknown = Array.isArray(change) ? change[2] : null
      if (typeof inserted !== 'string' || inserted.length < MIN_SECRET_CHARS) continue
      const isMasked = this.#isInRange(seq) || this.#places.of(seq, `/data/changes/${i}/2`).length > 0
      if (isMasked) this.#maskedUnits.add(inserted.length)
    }
  }
}
