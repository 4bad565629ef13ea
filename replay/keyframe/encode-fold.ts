import { EMPTY_FOLD, type Fold, type FoldedFile, type PendingParts } from '../fold/fold.js'
import type { PersistentMap } from '../persistent-map.js'
import type { ScreenBase } from '../state.js'
import { Text } from '../text.js'
import {
  type FileDelta,
  type FoldDelta,
  LIST_NAMES,
  type MapDelta,
  type PendingDelta,
  SCALARS,
} from './fold-delta.js'
import { listDelta } from './list-delta.js'
import { hunksBetween } from './text-hunks.js'

/** Tells folds, each as what differs from the one before or anew, in the order in which a FoldDecoder hears of them. */
export class FoldEncoder {
  private before: Fold = EMPTY_FOLD
  /** The numbers of texts that were told. One that several files share, as after a change of name, is told once. */
  private textIds = onlyEmptyText()
  private textCount = 1
  private baseText: Text = Text.EMPTY
  /** While all is told anew, the numbers by content: each tab that was open has the same files once more. */
  private idsByContent: Map<string, number> | null = null

  encode(fold: Fold): FoldDelta {
    const { before } = this
    const delta: FoldDelta = {}
    for (const name of SCALARS) if (fold[name] !== before[name]) Object.assign(delta, { [name]: fold[name] })
    if (fold.session !== before.session) delta.session = changedFields(fold.session, before.session)
    const startTexts = mapDelta(fold.startTexts, before.startTexts, (text, path) =>
      this.textId(delta, text, before.startTexts.get(path)),
    )
    const files = mapDelta(fold.files, before.files, (file, key) =>
      this.fileDelta(delta, file, before.files.get(key)),
    )
    const pending = mapDelta(fold.pending, before.pending, (parts, source) =>
      pendingDelta(parts, before.pending.get(source)),
    )
    if (startTexts !== undefined) delta.startTexts = startTexts
    if (files !== undefined) delta.files = files
    if (pending !== undefined) delta.pending = pending
    if (fold.base !== before.base) delta.base = this.screenDelta(delta, fold.base)
    for (const name of LIST_NAMES) {
      const list = listDelta(name, before[name], fold[name])
      if (list !== undefined) delta.lists = { ...delta.lists, [name]: list }
    }
    this.before = fold
    return delta
  }

  /**
   * All of a fold, for those who know nothing of the ones before. Whoever does know them, and takes this for a difference
   * like others, comes to the same: it also says what is not there any more.
   */
  encodeAnew(fold: Fold): FoldDelta {
    const { before } = this
    const textsBefore = this.textCount - 1
    this.before = EMPTY_FOLD
    this.textIds = onlyEmptyText()
    this.baseText = Text.EMPTY
    const delta: FoldDelta = { textsBefore, session: null, base: null }
    for (const name of SCALARS) Object.assign(delta, { [name]: fold[name] })
    this.idsByContent = new Map()
    Object.assign(delta, this.encode(fold))
    this.idsByContent = null
    for (const name of ['files', 'startTexts', 'pending'] as const) {
      const { deleted } = (fold[name] as PersistentMap<unknown>).changesSince(before[name])
      if (deleted.length > 0) Object.assign(delta, { [name]: { ...delta[name], deleted } })
    }
    for (const name of LIST_NAMES) {
      if (fold[name].length === 0 && before[name].length > 0)
        delta.lists = { ...delta.lists, [name]: { kept: -1 } }
    }
    return delta
  }

  private fileDelta(delta: FoldDelta, file: FoldedFile, before: FoldedFile | undefined): FileDelta {
    const { text, ...changed } = changedFields<FoldedFile>(file, before ?? null) as Partial<FoldedFile>
    return text === undefined ? changed : { ...changed, text: this.textId(delta, text, before?.text) }
  }

  private textId(delta: FoldDelta, text: Text, before: Text | undefined): number {
    const known = this.textIds.get(text)
    if (known !== undefined) return known
    const from = before === undefined ? undefined : this.textIds.get(before)
    const hunks = from === undefined || before === undefined ? null : hunksBetween(before, text)
    const told = hunks === null || from === undefined ? text.toString() : { from, hunks }
    const equal = typeof told === 'string' ? this.idsByContent?.get(told) : undefined
    const id = equal ?? this.textCount++
    this.textIds.set(text, id)
    if (equal !== undefined) return id
    delta.texts ??= []
    delta.texts.push(told)
    if (typeof told === 'string') this.idsByContent?.set(told, id)
    return id
  }

  private screenDelta(delta: FoldDelta, base: ScreenBase | null): NonNullable<FoldDelta['base']> | null {
    if (base === null) return null
    const text = Text.of(base.serialized)
    const id = this.textId(delta, text, this.baseText)
    this.baseText = text
    return { columns: base.columns, rows: base.rows, text: id }
  }
}

const onlyEmptyText = () => new WeakMap<Text, number>([[Text.EMPTY, 0]])

/** Fields by identity. None of those that change is ever taken away again. */
function changedFields<T extends object>(after: T | null, before: T | null): Partial<T> | null {
  if (after === null) return null
  const changed: Partial<T> = {}
  for (const key of Object.keys(after) as (keyof T)[]) {
    if (before === null || before[key] !== after[key]) changed[key] = after[key]
  }
  return changed
}

type Changes<V> = { set: [key: string, value: V][]; deleted: string[] }

function mapDelta<V, D>(
  after: { changesSince(earlier: never): Changes<V> },
  before: unknown,
  encode: (value: V, key: string) => D,
): MapDelta<D> | undefined {
  if (after === before) return undefined
  const { set, deleted } = after.changesSince(before as never)
  if (set.length === 0 && deleted.length === 0) return undefined
  return {
    ...(set.length > 0 && { set: set.map(([key, value]): [string, D] => [key, encode(value, key)]) }),
    ...(deleted.length > 0 && { deleted }),
  }
}

function pendingDelta(parts: PendingParts, before: PendingParts | undefined): PendingDelta {
  const { id, type, fileId, lastSourceSeq, pieces } = parts
  let kept = 0
  while (kept < pieces.length && before?.pieces[kept] === pieces[kept]) kept++
  return { id, type, fileId, lastSourceSeq, kept, pieces: pieces.slice(kept) }
}
