import { fileKey, fileOf } from '../fold/files.js'
import { EMPTY_FOLD, type Fold, type FoldedFile } from '../fold/fold.js'
import { Text } from '../text.js'
import { type Limits, MAX_FILES } from './limits.js'
import { lengthOf, Origins, type Run } from './origins.js'
import { restoredRuns, savedRuns, withoutSeqs } from './removed-texts.js'
import type { TextBudget } from './text-budget.js'

/** A new text is compared with so many other versions of its file, the latest first. */
const MAX_COMPARED_VERSIONS = 8
/** What a run takes beside its text, in the units of the budget. */
const RUN_UNITS = 16

/** A file as one source knows it, with where its characters came from. */
export interface Version {
  path: string
  origins: Origins
  /** What it has taken from the budget. */
  units: number
}

/**
 * The files of each source, as many and as long as there is room for: their texts in a fold of replay, and beside
 * them where the characters came from. A text and its origins have the same length.
 */
export class FileVersions {
  /** Its files and start texts alone are used. */
  fold: Fold = EMPTY_FOLD
  /** By file key, in order of first appearance. */
  readonly byKey = new Map<string, Version>()
  /** By path: of the texts that others' edits build on. */
  private readonly starts = new Map<string, { runs: Run[]; units: number }>()
  /** By path: the keys of its versions, the one changed last first. */
  private readonly keysOf = new Map<string, string[]>()
  /** Files that there was no room for. */
  private readonly lost = new Set<string>()

  constructor(
    private readonly limits: Limits,
    private readonly budget: TextBudget,
  ) {}

  /** Whether there is room to follow the file of that key. */
  room(key: string): boolean {
    if (this.lost.has(key)) return false
    if (this.byKey.has(key) || this.byKey.size + this.lost.size < MAX_FILES) return true
    this.limits.reach('files')
    return false
  }

  /** A file that the budget has no room for is followed no more. */
  put(path: string, key: string, origins: Origins): void {
    const file = this.fold.files.get(key)
    if (file === undefined) return
    const before = this.byKey.get(key)?.units ?? 0
    const units = file.text.length + RUN_UNITS * origins.runCount
    if (this.budget.take(units - before)) {
      this.byKey.set(key, { path, origins, units })
      this.changed(path, key)
      return
    }
    this.lost.add(key)
    this.budget.take(-before)
    this.byKey.delete(key)
    this.fold = { ...this.fold, files: this.fold.files.delete(key) }
  }

  private changed(path: string, key: string): void {
    const keys = this.keysOf.get(path) ?? []
    if (keys[0] === key) return
    this.keysOf.set(path, [key, ...keys.filter((other) => other !== key)].slice(0, MAX_COMPARED_VERSIONS))
  }

  /** Where the text came from that others' edits of a file build on. */
  startRunsOf(path: string): Run[] {
    return this.starts.get(path)?.runs ?? []
  }

  /** Keeps beside each text that others' edits may build on where it came from. */
  startsChanged(paths: readonly string[]): void {
    for (const path of paths) {
      const text = this.fold.startTexts.get(path)
      this.budget.take(-(this.starts.get(path)?.units ?? 0))
      this.starts.delete(path)
      if (text === undefined) continue
      const key = this.keysOf.get(path)?.[0]
      const runs = key === undefined ? [] : (this.byKey.get(key)?.origins.runs() ?? [])
      const units = text.length + RUN_UNITS * runs.length
      if (lengthOf(runs) === text.length && this.budget.take(units)) this.starts.set(path, { runs, units })
      else this.fold = { ...this.fold, startTexts: this.fold.startTexts.delete(path) }
    }
  }

  /** The runs of that version of a file with this text of which the least is unexplained. */
  bestExplained(path: string, text: Text, ownKey: string, fold = this.fold): Run[] | null {
    let best: Run[] | null = null
    let least = Number.POSITIVE_INFINITY
    const content = text.toString()
    const keys = this.keysOf.get(path) ?? []
    for (const key of keys.includes(ownKey) ? keys : [ownKey, ...keys]) {
      const version = this.byKey.get(key)
      const file = fold.files.get(key)
      if (version === undefined || file === undefined || !file.text.equals(content)) continue
      const runs = version.origins.runs()
      const unexplained = lengthOf(runs.filter((run) => run.origin === 'unexplained'))
      if (unexplained >= least) continue
      best = runs
      least = unexplained
    }
    return best
  }

  /** What a new text of a file is compared with: the source's own, then the version changed last, then the start. */
  baseOf(path: string, key: string, old: FoldedFile, earlier: Fold) {
    const own = this.byKey.get(key)
    if (own !== undefined && !old.deleted) return { text: old.text, runs: own.origins.runs() }
    for (const other of this.keysOf.get(path) ?? []) {
      const version = this.byKey.get(other)
      const file = earlier.files.get(other)
      if (version !== undefined && file !== undefined && !file.deleted)
        return { text: file.text, runs: version.origins.runs() }
    }
    const start = earlier.startTexts.get(path)
    return start === undefined ? null : { text: start, runs: this.startRunsOf(path) }
  }

  /** What it has taken from the budget because its runs name events. */
  unitsOfSeqs(): number {
    const runs = [...this.byKey.values()].map(({ origins }) => origins.runs())
    for (const start of this.starts.values()) runs.push(start.runs)
    return runs.reduce((sum, some) => sum + RUN_UNITS * (some.length - withoutSeqs(some).length), 0)
  }

  save() {
    const texts = new Map<string, number>()
    const textId = (text: Text): number => {
      const content = text.toString()
      const id = texts.get(content) ?? texts.size
      texts.set(content, id)
      return id
    }
    const files = [...this.byKey].flatMap(([key, { path, origins }]) => {
      const file = this.fold.files.get(key)
      if (file === undefined) return []
      const { source, lastChangeMs, lastChangeSeq, deleted } = file
      const place = [source, path, lastChangeMs, lastChangeSeq, deleted] as const
      return [[...place, textId(file.text), savedRuns(origins.runs())] as const]
    })
    const starts = [...this.starts].map(
      ([path, { runs }]) =>
        [path, textId(this.fold.startTexts.get(path) ?? Text.EMPTY), savedRuns(runs)] as const,
    )
    return {
      files,
      starts,
      texts: [...texts.keys()],
      keysOf: [...this.keysOf],
      lost: [...this.lost],
    }
  }

  restore(saved: ReturnType<FileVersions['save']>): void {
    // One Text for equal contents, as it was: the versions of a file share it.
    const texts = saved.texts.map((content) => Text.of(content))
    let { files, startTexts } = EMPTY_FOLD
    for (const [source, path, lastChangeMs, lastChangeSeq, deleted, textId, runs] of saved.files) {
      const key = fileKey(source, path)
      const text = texts[textId] ?? Text.EMPTY
      const fresh = fileOf({ ...EMPTY_FOLD, files }, source, path)
      files = files.set(key, { ...fresh, text, lastChangeMs, lastChangeSeq, deleted })
      const origins = new Origins(restoredRuns(runs))
      this.byKey.set(key, { path, origins, units: text.length + RUN_UNITS * origins.runCount })
    }
    for (const [path, textId, runs] of saved.starts) {
      const text = texts[textId] ?? Text.EMPTY
      startTexts = startTexts.set(path, text)
      this.starts.set(path, { runs: restoredRuns(runs), units: text.length + RUN_UNITS * runs.length })
    }
    this.fold = { ...EMPTY_FOLD, files, startTexts }
    for (const [path, keys] of saved.keysOf) this.keysOf.set(path, [...keys])
    for (const key of saved.lost) this.lost.add(key)
  }
}
