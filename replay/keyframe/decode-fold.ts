import { EMPTY_FOLD, type Fold, type FoldedFile, type PendingParts } from '../fold/fold.js'
import type { PersistentMap } from '../persistent-map.js'
import type { ScreenBase, SessionInfo } from '../state.js'
import { Text } from '../text.js'
import {
  type FileDelta,
  type FoldDelta,
  LIST_NAMES,
  type MapDelta,
  type PendingDelta,
  SCALARS,
} from './fold-delta.js'
import { applyListDelta } from './list-delta.js'
import { applyHunks } from './text-hunks.js'

/**
 * Hears of folds as a FoldEncoder tells them, from the first one or from any that is told anew. They share what did not change, as folds that were made from events do.
 * Throws an Error where a delta says what cannot be; the text of it never quotes the recording.
 */
export class FoldDecoder {
  private before: Fold = EMPTY_FOLD
  /** Those that were told since all was told anew, and how many there were before them. */
  private texts: Text[] = []
  private textsBefore = 0

  decode(delta: FoldDelta): Fold {
    if (delta.textsBefore !== undefined) this.beginAnew(delta.textsBefore)
    const { before } = this
    for (const told of delta.texts ?? []) {
      this.texts.push(typeof told === 'string' ? Text.of(told) : applyHunks(this.text(told.from), told.hunks))
    }
    const fold = {
      ...before,
      session: delta.session === undefined ? before.session : sessionOf(delta.session, before.session),
      startTexts: applied(before.startTexts, delta.startTexts, (id) => this.text(id)),
      files: applied(before.files, delta.files, (file, old) => this.file(file, old)),
      pending: applied(before.pending, delta.pending, pendingOf),
      base: delta.base === undefined ? before.base : this.screen(delta.base),
    }
    for (const name of SCALARS) if (delta[name] !== undefined) Object.assign(fold, { [name]: delta[name] })
    for (const name of LIST_NAMES) {
      const list = delta.lists?.[name]
      if (list !== undefined) Object.assign(fold, { [name]: applyListDelta(name, before[name], list) })
    }
    this.before = fold
    return fold
  }

  private beginAnew(textsBefore: number): void {
    this.before = EMPTY_FOLD
    this.texts = []
    this.textsBefore = textsBefore
  }

  private text(id: number): Text {
    const text = id === 0 ? Text.EMPTY : this.texts[id - 1 - this.textsBefore]
    if (text === undefined) throw new Error('A keyframe names a text that was not told.')
    return text
  }

  private file({ text, ...fields }: FileDelta, before: FoldedFile | undefined): FoldedFile {
    if (before === undefined && text === undefined)
      throw new Error('A keyframe has a new file without a text.')
    const file = { ...before, ...fields } as FoldedFile
    return text === undefined ? file : { ...file, text: this.text(text as number) }
  }

  private screen(base: FoldDelta['base']): ScreenBase | null {
    if (base === null || base === undefined) return null
    return { columns: base.columns, rows: base.rows, serialized: this.text(base.text).toString() }
  }
}

const sessionOf = (told: FoldDelta['session'], before: SessionInfo | null): SessionInfo | null =>
  told === null ? null : ({ ...before, ...told } as SessionInfo)

function applied<V, D>(
  before: PersistentMap<V>,
  delta: MapDelta<D> | undefined,
  decode: (value: D, old: V | undefined) => V,
): PersistentMap<V> {
  let map = before
  for (const key of delta?.deleted ?? []) map = map.delete(key)
  for (const [key, value] of delta?.set ?? []) map = map.set(key, decode(value, before.get(key)))
  return map
}

const pendingOf = (
  { kept, pieces, ...parts }: PendingDelta,
  old: PendingParts | undefined,
): PendingParts => ({
  ...parts,
  pieces: [...(old?.pieces.slice(0, kept) ?? []), ...pieces],
})
