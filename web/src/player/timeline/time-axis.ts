import type { Stretch } from '../../../../replay/index.js'
import { countWhile } from '../stretches.js'

/** Silences of at least this are folded. */
export const FOLDED_FROM_MS = 60_000
/** A fold is as long as this part of what is left, all folds together no longer than that part. */
const FOLD_PART = 0.012
const ALL_FOLDS_PART = 0.2

interface Piece extends Stretch {
  /** Where it lies on the axis. */
  from: number
  to: number
  folded: boolean
}

/**
 * The axis that all lanes share. A place on it counts ms from the start, except that a folded silence is only a notch
 * wide. Places and moments belong together one to one.
 */
export class TimeAxis {
  readonly length: number
  readonly folds: readonly (Stretch & { readonly from: number; readonly to: number })[]
  private readonly pieces: readonly Piece[]

  /** `silences` ascend and do not overlap; those that are long enough are folded. */
  constructor(
    readonly startMs: number,
    readonly endMs: number,
    silences: readonly Stretch[] = [],
  ) {
    const folded = silences.filter(({ fromMs, toMs }) => toMs - fromMs >= FOLDED_FROM_MS)
    const wholeMs = Math.max(1, endMs - startMs)
    const openMs = folded.reduce((left, { fromMs, toMs }) => left - (toMs - fromMs), wholeMs)
    const notch = Math.min(FOLDED_FROM_MS, openMs * Math.min(FOLD_PART, ALL_FOLDS_PART / folded.length))
    const pieces: Piece[] = []
    let [atMs, at] = [startMs, 0]
    const add = (toMs: number, length: number, isFolded: boolean) => {
      pieces.push({ fromMs: atMs, toMs, from: at, to: at + length, folded: isFolded })
      atMs = toMs
      at += length
    }
    for (const { fromMs, toMs } of folded) {
      if (fromMs > atMs) add(fromMs, fromMs - atMs, false)
      add(toMs, Math.max(1, notch), true)
    }
    if (endMs > atMs || pieces.length === 0) add(Math.max(endMs, atMs + 1), Math.max(1, endMs - atMs), false)
    this.pieces = pieces
    this.folds = pieces.filter((piece) => piece.folded)
    this.length = at
  }

  /** Where a moment lies, 0 to `length`. */
  placeOf(atMs: number): number {
    const { fromMs, toMs, from, to } = this.pieceWhere((piece) => piece.fromMs <= atMs)
    return from + Math.min(1, Math.max(0, (atMs - fromMs) / (toMs - fromMs))) * (to - from)
  }

  /** Which moment lies at a place, epoch ms. */
  timeAt(place: number): number {
    const { fromMs, toMs, from, to } = this.pieceWhere((piece) => piece.from <= place)
    return fromMs + Math.min(1, Math.max(0, (place - from) / (to - from))) * (toMs - fromMs)
  }

  private pieceWhere(isReached: (piece: Piece) => boolean): Piece {
    return this.pieces[Math.max(0, countWhile(this.pieces, isReached) - 1)] as Piece
  }
}
