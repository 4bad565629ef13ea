import type { EventData } from '../../protocol/event-schemas.js'
import type { RecordedEvent } from '../../protocol/events.js'
import type { Provenance } from '../../protocol/http/analysis.js'
import { fileKey, fileOf, pathOf } from '../fold/files.js'
import { EMPTY_FOLD, type Fold, type FoldedFile } from '../fold/fold.js'
import { Text } from '../text.js'
import { isYounger } from '../view.js'
import { type CodeEventType, pathsOf, REDUCERS, withFewerFiles, withinText } from './code-events.js'
import { FileVersions, type Version } from './file-versions.js'
import { inheritedRuns } from './inherit.js'
import type { Limits } from './limits.js'
import { Origins, type Run } from './origins.js'
import { RemovedTexts } from './removed-texts.js'
import { respacedRuns, squeezed } from './respaced.js'
import type { SearchBudget } from './search.js'
import type { TextBudget } from './text-budget.js'

/** What changes the texts that others' edits build on. */
const GIVES_STARTS: ReadonlySet<string> = new Set([
  'session_start',
  'file_created',
  'file_deleted',
  'file_renamed',
])

/** Says where a text came from that an edit inserts into the file of that key. */
export type Explain = (text: string, key: string, replaced: Replaced) => Run[]

/** The text that it takes the place of. */
export interface Replaced {
  text: string
  runs(): Run[]
}

/** What an event that is no edit made of a file. */
interface Change {
  event: RecordedEvent
  type: CodeEventType
  /** All files as they were before it. */
  earlier: Fold
  key: string
  old: FoldedFile
  after: FoldedFile
}

/**
 * The files of a session as replay sees them (the same reducers make the texts), with the origin of each character.
 * File state is kept per source and path [R1].
 */
export class CodeFiles {
  private readonly versions: FileVersions
  readonly removed: RemovedTexts

  constructor(
    limits: Limits,
    budget: TextBudget,
    private readonly search: SearchBudget,
    private readonly seqOf: (event: RecordedEvent, origin: Provenance) => number,
  ) {
    this.versions = new FileVersions(limits, budget)
    this.removed = new RemovedTexts(search)
  }

  /** An edit; `explain` is asked once for each text that it inserts. Returns what it changed, or null. */
  edit(
    event: RecordedEvent,
    data: EventData<'code_edit'>,
    explain: Explain,
  ): { insertedChars: number; deletedChars: number } | null {
    const path = pathOf(event, data)
    const key = fileKey(event.source, path)
    const before = fileOf(this.versions.fold, event.source, path)
    const changes = withinText(data.changes, before.text.length)
    if (changes === null || !this.versions.room(key)) return null
    let [insertedChars, deletedChars] = [0, 0]
    const origins = this.versions.byKey.get(key)?.origins ?? new Origins(this.versions.startRunsOf(path))
    for (const [at, deleted] of changes) {
      if (deleted > 0)
        this.removed.add(key, at, before.text.slice(at, at + deleted), origins.slice(at, at + deleted))
      deletedChars += deleted
    }
    const runs = changes.map(([at, deleted, text]) => {
      const replaced = {
        text: deleted === 0 ? '' : before.text.slice(at, at + deleted),
        runs: () => origins.slice(at, at + deleted),
      }
      return text === '' ? [] : explain(text, key, replaced)
    })
    for (const [, , text] of changes) insertedChars += text.length
    if (insertedChars > 0) this.removed.interrupt()
    if (!this.reduce('code_edit', event, data)) return null
    origins.change(changes.map(([at, deleted], i) => ({ at, deleted, inserted: runs[i] as Run[] })))
    this.versions.put(path, key, origins)
    return { insertedChars, deletedChars }
  }

  /** Something was copied in a page: from the file that it names, else from the one that it changed last. */
  copied(event: RecordedEvent): void {
    let key = fileKey(event.source, event.fileId ?? '')
    if (event.fileId === null) {
      let youngest: FoldedFile | null = null
      for (const other of this.versions.byKey.keys()) {
        const file = this.versions.fold.files.get(other)
        if (file === undefined || file.source !== event.source || file.deleted) continue
        if (youngest !== null && !isYounger(file, youngest)) continue
        youngest = file
        key = other
      }
    }
    const file = this.versions.fold.files.get(key)
    const origins = this.versions.byKey.get(key)?.origins
    if (file !== undefined && origins !== undefined && !file.deleted)
      this.removed.addCopied(key, file.text.toString(), origins.runs())
  }

  /** Any other event that gives or takes a file's text. */
  apply(event: RecordedEvent, type: Exclude<CodeEventType, 'code_edit'>, data: object): void {
    const told = type === 'session_start' ? withFewerFiles(data as EventData<'session_start'>) : data
    const paths = pathsOf(event, type, told)
    const keys = paths.map((path) => fileKey(event.source, path))
    if (!keys.every((key) => this.versions.room(key))) return
    const before = paths.map((path) => fileOf(this.versions.fold, event.source, path))
    const earlier = this.versions.fold
    if (!this.reduce(type, event, told)) return
    paths.forEach((path, i) => {
      const key = keys[i] as string
      const after = this.versions.fold.files.get(key)
      if (after === undefined) return
      const change = { event, type, earlier, key, old: before[i] as FoldedFile, after }
      this.versions.put(path, key, this.originsOf(change))
    })
    if (GIVES_STARTS.has(type)) this.versions.startsChanged(paths)
  }

  /** The youngest version of each file that is still there, with where its characters came from. */
  *latest(): Generator<{ path: string; runs: Run[] }> {
    const latest = new Map<string, { key: string; file: FoldedFile }>()
    for (const [key, { path }] of this.versions.byKey) {
      const file = this.versions.fold.files.get(key)
      if (file === undefined) continue
      const other = latest.get(path)
      if (other === undefined || isYounger(file, other.file)) latest.set(path, { key, file })
    }
    for (const [path, { key, file }] of latest) {
      if (file.deleted) continue
      // Who saves a file for another knows its text, not how it came about: the version that knows most tells.
      yield { path, runs: this.versions.bestExplained(path, file.text, key) ?? [] }
    }
  }

  /** Where a text stands in the files, the given file first. */
  find(text: string, key: string): Run[] | null {
    const own = this.versions.byKey.get(key)
    const found = own === undefined ? null : this.findIn(key, own, text)
    if (found !== null) return found
    for (const [other, version] of this.versions.byKey) {
      if (this.search.isSpent) break
      const runs = other === key ? null : this.findIn(other, version, text)
      if (runs !== null) return runs
    }
    return null
  }

  /** Where a text stands in the files, or stood until lately, with other white space. */
  findRespaced(text: string, key: string): Run[] | null {
    const sought = squeezed(text)
    if (sought === '') return null
    const own = this.versions.byKey.get(key)
    if (own !== undefined) {
      const runs = this.respacedIn(key, own, sought, text)
      if (runs !== null) return runs
    }
    for (const [other, version] of this.versions.byKey) {
      if (this.search.isSpent) return null
      const runs = other === key ? null : this.respacedIn(other, version, sought, text)
      if (runs !== null) return runs
    }
    return this.removed.findRespaced(sought, text)
  }

  unitsOfSeqs(): number {
    return this.versions.unitsOfSeqs()
  }

  save() {
    return { versions: this.versions.save(), removed: this.removed.save() }
  }

  restore(saved: ReturnType<CodeFiles['save']>): void {
    this.versions.restore(saved.versions)
    this.removed.restore(saved.removed)
  }

  /** False for an event that replay can't read either. */
  private reduce(type: CodeEventType, event: RecordedEvent, data: object): boolean {
    try {
      const { files, startTexts } = REDUCERS[type](this.versions.fold, event, data as never)
      this.versions.fold = {
        ...EMPTY_FOLD,
        files: files ?? this.versions.fold.files,
        startTexts: startTexts ?? this.versions.fold.startTexts,
      }
      return true
    } catch {
      return false
    }
  }

  private findIn(key: string, { origins }: Version, text: string): Run[] | null {
    const file = this.versions.fold.files.get(key)
    const at = file === undefined ? -1 : this.search.indexIn(file.text, text)
    return at < 0 ? null : origins.slice(at, at + text.length)
  }

  private respacedIn(key: string, { origins }: Version, sought: string, text: string): Run[] | null {
    const within = this.versions.fold.files.get(key)?.text
    if (within === undefined) return null
    const at = this.search.respacedIndexIn(within, sought)
    return at < 0
      ? null
      : respacedRuns(within.slice(at, within.length), origins.slice(at, within.length), text)
  }

  /** Where the characters of a text came from that no edit made. */
  private originsOf(change: Change): Origins {
    const { event, type, key, old, after } = change
    if (type === 'file_renamed' && after.path !== (event.data as { filePath?: string }).filePath)
      return new Origins(this.renamedRuns(event, after))
    const own = this.versions.byKey.get(key)?.origins
    // Most saves find the text as it is known; to copy each character's origin then would be most of the work.
    if (own !== undefined && after.text === old.text) return own
    return new Origins(this.runsOf(change))
  }

  /** Where the characters of a text came from that is not the one known before. */
  private runsOf({ event, type, earlier, key, old, after }: Change): Run[] {
    const own = this.versions.byKey.get(key)?.origins
    if (after.text.length === 0) return []
    if (own === undefined && after.text === earlier.startTexts.get(after.path))
      return this.versions.startRunsOf(after.path)
    const known = this.versions.bestExplained(after.path, after.text, key, earlier)
    if (known !== null) return known
    const base = this.versions.baseOf(after.path, key, old, earlier)
    const origin: Provenance = base === null && type !== 'code_snapshot' ? 'given' : 'unexplained'
    const fresh = (length: number): Run => ({ length, origin, seq: this.seqOf(event, origin) })
    if (base === null) return [fresh(after.text.length)]
    return inheritedRuns(base.text.toString(), base.runs, after.text.toString(), fresh)
  }

  private renamedRuns(event: RecordedEvent, after: FoldedFile): Run[] {
    const from = (event.data as EventData<'file_renamed'>).filePath
    const fromKey = fileKey(event.source, from)
    const origins = this.versions.byKey.get(fromKey)?.origins.runs() ?? this.versions.startRunsOf(from)
    const text = this.versions.fold.files.get(fromKey)?.text ?? Text.EMPTY
    const fresh = (length: number): Run => ({
      length,
      origin: 'unexplained',
      seq: this.seqOf(event, 'unexplained'),
    })
    return after.text === text
      ? origins
      : inheritedRuns(text.toString(), origins, after.text.toString(), fresh)
  }
}
