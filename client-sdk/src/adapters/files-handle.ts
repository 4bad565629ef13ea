import type { EventRecorder } from '../recorder-types.js'
import { onePer } from './edit-shared.js'

/** Limits of the wire: what is longer would be refused, event by event. */
const MAX_PATH_CHARS = 800

/**
 * A file whose events go by `path`. Adapters keep hold of it and ask for the path with each event, so that they go
 * on under the new one after a rename.
 */
export interface FileHandle {
  path: string
  /** Which of several editors of the file tells its text: the one that opened it last. */
  writer?: object | undefined
}

const filesOf = /* @__PURE__ */ onePer((_: EventRecorder) => new Map<string, FileHandle>())

/** The file that has this path now; the same for all adapters of a recorder, which need not know each other. */
export function fileHandle(recorder: EventRecorder, path: string): FileHandle {
  const files = filesOf(recorder)
  const key = pathInBounds(path)
  const file = files.get(key) ?? { path: key }
  files.set(key, file)
  return file
}

/** From now on the file goes by another path; what had that path before is another file, and gone. */
export function moveHandle(recorder: EventRecorder, from: string, to: string): void {
  const file = fileHandle(recorder, from)
  file.path = pathInBounds(to)
  const files = filesOf(recorder)
  files.delete(pathInBounds(from))
  files.set(file.path, file)
}

/** Says for a deleted file that no editor tells of it: one that still shows it would bring it back. */
const NOBODY = {}

export function markDeleted(recorder: EventRecorder, path: string): void {
  fileHandle(recorder, path).writer = NOBODY
}

/** There is such a file, with a text of its own; an editor that shows it already tells its text with the next change. */
export function markCreated(recorder: EventRecorder, path: string): void {
  fileHandle(recorder, path).writer = undefined
}

/** As replay names a file without a name; of a path that is too long its end says more. */
export const pathInBounds = (path: string): string => path.slice(-MAX_PATH_CHARS) || 'untitled'
