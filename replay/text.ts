/**
 * The longest a piece of a text may be. An edit copies a piece and the list of pieces: of short texts the piece is what
 * that costs, of long ones the list.
 */
const maxPieceUnits = (textUnits: number): number => Math.min(4096, Math.max(1024, textUnits >>> 5))
/** Pieces have at least this part of it where the text is long enough. */
const MIN_PIECE_PART = 4

/**
 * An immutable text that is cheap to edit: a list of short pieces. An edit copies the pieces it touches and the
 * list, so that typing in a file of 10 MB costs microseconds, and states at different moments share the rest.
 * All offsets and lengths are in UTF-16 units; a piece may end inside a surrogate pair.
 */
export class Text {
  static readonly EMPTY = new Text([], 0)

  static of(content: string): Text {
    return content === '' ? Text.EMPTY : new Text(cut(content, content.length), content.length)
  }

  private joined: string | undefined

  private constructor(
    readonly pieces: readonly string[],
    readonly length: number,
  ) {}

  /** Replaces `deleted` units at `offset` by `inserted`. The caller keeps both within the text. */
  splice(offset: number, deleted: number, inserted: string): Text {
    const { pieces } = this
    const units = this.length - deleted + inserted.length
    let first = 0
    let firstStart = 0
    // An offset at the border of two pieces belongs to the earlier one, so that typing at the end appends.
    while (first < pieces.length && firstStart + pieceAt(pieces, first).length < offset) {
      firstStart += pieceAt(pieces, first).length
      first++
    }
    let end = first
    let endStart = firstStart
    while (end < pieces.length && endStart < offset + deleted) endStart += pieceAt(pieces, end++).length
    // With nothing deleted the loop above may not have entered the piece that the offset lies in.
    if (end === first && end < pieces.length) endStart += pieceAt(pieces, end++).length

    let middle =
      first < pieces.length
        ? pieceAt(pieces, first).slice(0, offset - firstStart) +
          inserted +
          pieceAt(pieces, end - 1).slice(pieceAt(pieces, end - 1).length - (endStart - offset - deleted))
        : inserted
    if (middle.length < maxPieceUnits(units) / MIN_PIECE_PART) {
      if (end < pieces.length) middle += pieceAt(pieces, end++)
      else if (first > 0) middle = pieceAt(pieces, --first) + middle
    }
    const next = pieces.slice()
    next.splice(first, end - first, ...cut(middle, units))
    return new Text(next, units)
  }

  /** The units from `from` up to `to`, without joining all pieces. */
  slice(from: number, to: number): string {
    let found = ''
    let start = 0
    for (const piece of this.pieces) {
      if (start >= to) break
      if (start + piece.length > from) found += piece.slice(Math.max(0, from - start), to - start)
      start += piece.length
    }
    return found
  }

  equals(content: string): boolean {
    if (content.length !== this.length) return false
    let offset = 0
    for (const piece of this.pieces) {
      if (!content.startsWith(piece, offset)) return false
      offset += piece.length
    }
    return true
  }

  toString(): string {
    this.joined ??= this.pieces.join('')
    return this.joined
  }
}

const pieceAt = (pieces: readonly string[], index: number): string => pieces[index] as string

function cut(content: string, textUnits: number): string[] {
  if (content === '') return []
  const longest = maxPieceUnits(textUnits)
  if (content.length <= longest) return [content]
  // Pieces of half the maximum leave room for typing before they must be cut again.
  const count = Math.ceil(content.length / (longest / 2))
  const size = Math.ceil(content.length / count)
  const pieces: string[] = []
  for (let at = 0; at < content.length; at += size) pieces.push(content.slice(at, at + size))
  return pieces
}
