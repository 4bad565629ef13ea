import type { EventData } from '../../protocol/event-schemas.js'
import type { RecordedEvent } from '../../protocol/events.js'
import {
  PROVENANCES,
  type Provenance,
  type ProvenanceCounts,
  type SessionStats,
} from '../../protocol/http/analysis.js'
import { pathOf } from '../fold/files.js'
import { Answers } from './answers.js'
import type { CodeEventType } from './code-events.js'
import { CodeFiles } from './code-files.js'
import { keptRuns } from './inherit.js'
import type { Limits } from './limits.js'
import type { Run } from './origins.js'
import type { PasteFrom, Pastes } from './pastes.js'
import { squeezed } from './respaced.js'
import { SearchBudget } from './search.js'
import type { TextBudget } from './text-budget.js'

const MAX_FILES_SHOWN = 200

/** What an edit's origin says by itself. */
const STATED: Record<string, Provenance> = {
  typed: 'typed',
  complete: 'completed',
  ai: 'ai',
  program: 'program',
}

/** Where the characters of the code came from: who typed, pasted and brought back what. */
export class CodeProvenance {
  private readonly search: SearchBudget
  private readonly answers: Answers
  private readonly files: CodeFiles

  /** With `tracksSeqs` each run names the event that brought it; without, pastes alone do. */
  constructor(
    limits: Limits,
    budget: TextBudget,
    private readonly pastes: Pastes,
    private readonly tracksSeqs: boolean,
  ) {
    this.search = new SearchBudget(limits)
    this.answers = new Answers(this.search, limits, (seq, chars) => pastes.turnsOutFromAi(seq, chars))
    this.files = new CodeFiles(limits, budget, this.search, (event, origin) => this.seqOf(event, origin))
  }

  /** Returns how much the edit changed, or null for one that can't be applied. */
  edit(event: RecordedEvent, data: EventData<'code_edit'>) {
    const { origin } = data
    const pasted: { from: PasteFrom; outside: string } = { from: 'own', outside: '' }
    const isPaste = origin === 'paste' || origin === 'drop'
    const atOnce = data.changes.reduce((sum, [, , text]) => sum + text.length, 0)
    const edit = this.files.edit(event, data, (text, key, replaced) => {
      if (isPaste) return this.pastedRuns(event, text, key, atOnce, pasted)
      if (origin === 'undo' || origin === 'redo') {
        const back = this.files.removed.find(text, key)
        if (back !== null) return back
      }
      const fresh = (length: number) => this.run(event, STATED[origin ?? ''] ?? 'unexplained', length)
      // A formatter replaces a file by itself, set anew: what it leaves as it was is not its own.
      const isWritten = origin !== undefined && origin !== 'program'
      return isWritten || replaced.text === ''
        ? [fresh(text.length)]
        : keptRuns(replaced.text, replaced.runs(), text, fresh)
    })
    if (isPaste && edit !== null && edit.insertedChars > 0)
      this.pastes.addEdit(event, pathOf(event, data), origin, edit.insertedChars, pasted.from)
    return edit
  }

  apply(event: RecordedEvent, type: Exclude<CodeEventType, 'code_edit'>, data: object): void {
    this.files.apply(event, type, data)
  }

  copied(event: RecordedEvent): void {
    this.files.copied(event)
  }

  answer(beganMs: number, content: string): void {
    this.answers.add(beganMs, content)
  }

  counts(): SessionStats['provenance'] {
    const files: { filePath: string; counts: ProvenanceCounts }[] = []
    const total = noCharacters()
    for (const { path, runs } of this.files.latest()) {
      const counts = noCharacters()
      for (const run of runs) {
        for (const sum of [counts, total]) {
          sum.total += run.length
          sum[this.originOf(run)] += run.length
        }
      }
      files.push({ filePath: path, counts })
    }
    files.sort((a, b) => b.counts.total - a.counts.total || compare(a.filePath, b.filePath))
    const shown = files.slice(0, MAX_FILES_SHOWN).sort((a, b) => compare(a.filePath, b.filePath))
    return { ...total, files: shown.map(({ filePath, counts }) => ({ filePath, ...counts })) }
  }

  /** How many characters of an origin (of any, for `total`) the final files have from each event, or one of them alone. */
  charsBySeq(origin: Provenance | 'total', filePath?: string): Map<number, number> {
    const chars = new Map<number, number>()
    for (const found of this.charsBrought(filePath)) {
      if (origin !== 'total' && found.origin !== origin) continue
      chars.set(found.seq, (chars.get(found.seq) ?? 0) + found.chars)
    }
    return chars
  }

  /** The characters of the final files with where they came from and the event that brought them, as they stand there. */
  *charsBrought(filePath?: string): Generator<{ origin: Provenance; seq: number; chars: number }> {
    for (const { path, runs } of this.files.latest()) {
      if (filePath !== undefined && path !== filePath) continue
      for (const run of runs) yield { origin: this.originOf(run), seq: run.seq, chars: run.length }
    }
  }

  /** What the budget of texts has given for runs that name events, in its units. */
  unitsOfSeqs(): number {
    return this.files.unitsOfSeqs()
  }

  save() {
    return { search: this.search.save(), answers: this.answers.save(), files: this.files.save() }
  }

  restore(saved: ReturnType<CodeProvenance['save']>): void {
    this.search.restore(saved.search)
    this.answers.restore(saved.answers)
    this.files.restore(saved.files)
  }

  /**
   * Pasted text that stands in the own files, or stood there until lately or when something was copied, keeps its origin, except that what was
   * typed elsewhere is moved; then an answer may hold it; else it came from outside. White space is nobody's.
   */
  private pastedRuns(
    event: RecordedEvent,
    text: string,
    key: string,
    chars: number,
    pasted: { from: PasteFrom; outside: string },
  ): Run[] {
    const own =
      this.files.find(text, key) ?? this.files.removed.find(text, null) ?? this.files.findRespaced(text, key)
    if (own !== null) {
      return own.map((run) => (run.origin === 'typed' ? this.run(event, 'moved', run.length) : run))
    }
    if (squeezed(text) === '') return [this.run(event, 'moved', text.length)]
    const { seq, timestamp: atMs } = event
    // Several cursors paste the same text several times: it is sought once.
    if (pasted.outside !== text && this.answers.holds(text, { seq, atMs, chars })) {
      if (pasted.from === 'own') pasted.from = 'ai'
      return [this.run(event, 'ai', text.length)]
    }
    pasted.outside = text
    pasted.from = 'outside'
    return [this.run(event, 'pasted', text.length)]
  }

  private run(event: RecordedEvent, origin: Provenance, length: number): Run {
    return { length, origin, seq: this.seqOf(event, origin) }
  }

  private seqOf(event: RecordedEvent, origin: Provenance): number {
    return this.tracksSeqs || origin === 'pasted' ? event.seq : 0
  }

  private originOf(run: Run): Provenance {
    return run.origin === 'pasted' && this.answers.foundFor(run.seq) ? 'ai' : run.origin
  }
}

function noCharacters(): ProvenanceCounts {
  const counts = { total: 0 } as ProvenanceCounts
  for (const origin of PROVENANCES) counts[origin] = 0
  return counts
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
