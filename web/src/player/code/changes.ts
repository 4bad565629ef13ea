import { diffLines, type FileState, type LineDiff, type ReplayState } from '../../../../replay/index.js'
import { fileKeyOf } from './file-tree.js'

/** What files are compared with: the last checkpoint, the moment that the viewer came from, the first moment. */
export type BaseKind = 'checkpoint' | 'visited' | 'start'

export type FileChange = 'added' | 'changed' | 'deleted'

/** Beyond this a comparison would hold up the page. */
const MAX_COMPARED_CHARS = 1_000_000

/** The texts of a state by file. */
export const textsOf = (state: Pick<ReplayState, 'files'>): Map<string, string> =>
  new Map(state.files.filter(({ deleted }) => !deleted).map((file) => [fileKeyOf(file), file.text]))

/** Which files are others than they were. */
export function changedFiles(
  before: ReadonlyMap<string, string>,
  files: readonly FileState[],
): Map<string, FileChange> {
  const changes = new Map<string, FileChange>()
  for (const file of files) {
    const key = fileKeyOf(file)
    const text = before.get(key)
    if (file.deleted && text !== undefined) changes.set(key, 'deleted')
    else if (!file.deleted && text === undefined) changes.set(key, 'added')
    else if (!file.deleted && text !== file.text) changes.set(key, 'changed')
  }
  return changes
}

export interface Comparison {
  diff: LineDiff
  linesAdded: number
  linesDeleted: number
}

/** By lines; null where the texts are too long to be compared here. */
export function compare(before: string, after: string): Comparison | null {
  return before.length + after.length > MAX_COMPARED_CHARS ? null : diffLines(before, after)
}
