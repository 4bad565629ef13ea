import { charsOf, type Fold, type KeyframeLine } from '../../replay/index.js'

export interface StateBounds {
  /** Of each list, in UTF-16 units. */
  listChars: number
  filesChars: number
}

const LISTS = ['commands', 'chat', 'testRuns', 'notes', 'signals', 'losses', 'others', 'divergences'] as const
/** What a piece of output takes up beside its text, as charsOf counts. */
const CHUNK_CHARS = 100

/**
 * Whether a keyframe is far enough from the bounds that the events behind it lead nowhere near them: then its state is
 * shown whole. `printed` by then, whatever of it the fold has.
 */
export function isSmall(
  fold: Fold,
  printed: KeyframeLine['printed'],
  { listChars, filesChars }: StateBounds,
): boolean {
  const isNear = (chars: number, bound: number) => chars > bound / 2
  if (isNear(printed.chars + printed.chunks * CHUNK_CHARS, listChars)) return false
  if (isNear(charsOf(fold.session), listChars)) return false
  if (LISTS.some((name) => isNear(charsOf(fold[name]), listChars))) return false
  const files = fold.files.values().reduce((sum, file) => sum + file.text.length, 0)
  return !isNear(files, filesChars)
}
