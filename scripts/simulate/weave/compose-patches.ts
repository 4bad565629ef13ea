import type { CodeChange } from '../../../protocol/event-schemas.js'

/** `[position, deletedLength, inserted]`, each in the text that the patch before it left behind. */
export type Patch = readonly [position: number, deleted: number, inserted: string]

/** A stretch of the text before all patches, or a text that one of them put in. */
type Piece = { from: number; to: number } | { inserted: string }

const lengthOf = (piece: Piece): number =>
  'inserted' in piece ? piece.inserted.length : piece.to - piece.from

/**
 * One list of changes that does what the patches do one after another, with all offsets in the text before the
 * first of them: ascending, not overlapping. Text that is put in and taken out again leaves no trace.
 */
export function composePatches(lengthBefore: number, patches: readonly Patch[]): CodeChange[] {
  const [only] = patches
  if (patches.length === 1 && only !== undefined) return isEmpty(only) ? [] : [[...only]]
  let pieces: Piece[] = lengthBefore > 0 ? [{ from: 0, to: lengthBefore }] : []
  for (const [position, deleted, inserted] of patches) {
    const [before, rest] = splitAt(pieces, position)
    const [, after] = splitAt(rest, deleted)
    pieces = inserted === '' ? [...before, ...after] : [...before, { inserted }, ...after]
  }
  return changesOf(pieces, lengthBefore)
}

/** Between two stretches that stay, what is missing was deleted and what else is there was inserted. */
function changesOf(pieces: readonly Piece[], lengthBefore: number): CodeChange[] {
  const changes: CodeChange[] = []
  let reached = 0
  let inserted = ''
  for (const piece of [...pieces, { from: lengthBefore, to: lengthBefore }]) {
    if ('inserted' in piece) {
      inserted += piece.inserted
      continue
    }
    if (piece.from > reached || inserted !== '') changes.push([reached, piece.from - reached, inserted])
    reached = piece.to
    inserted = ''
  }
  return changes
}

function splitAt(pieces: readonly Piece[], offset: number): [Piece[], Piece[]] {
  let start = 0
  for (const [i, piece] of pieces.entries()) {
    const inside = offset - start
    if (inside <= 0) return [pieces.slice(0, i), pieces.slice(i)]
    if (inside < lengthOf(piece)) {
      const [left, right] = cut(piece, inside)
      return [
        [...pieces.slice(0, i), left],
        [right, ...pieces.slice(i + 1)],
      ]
    }
    start += lengthOf(piece)
  }
  return [[...pieces], []]
}

const cut = (piece: Piece, at: number): [Piece, Piece] =>
  'inserted' in piece
    ? [{ inserted: piece.inserted.slice(0, at) }, { inserted: piece.inserted.slice(at) }]
    : [
        { from: piece.from, to: piece.from + at },
        { from: piece.from + at, to: piece.to },
      ]

const isEmpty = ([, deleted, inserted]: Patch): boolean => deleted === 0 && inserted === ''
