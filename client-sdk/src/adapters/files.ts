import type { EventRecorder } from '../recorder-types.js'
import { markCreated, markDeleted, moveHandle, pathInBounds } from './files-handle.js'
import { recordQuietly } from './record-quietly.js'

/**
 * What a page tells of the files beside its editors: its file tree, its save button. An editor recorded under a
 * file's path goes on under the new one after `rename`.
 */
export interface RecordedFiles {
  /** A file comes to the front that no recorded editor shows, with its text. */
  open(path: string, content?: string): void
  /** @param content what edits of the file build on; '' by default */
  create(path: string, content?: string): void
  /** The text stays; `content` only where it changes with the name. */
  rename(path: string, toPath: string, content?: string): void
  /** Of a file that an editor still shows nothing more is told, until it is created again. */
  delete(path: string): void
  /** @param content tells the text as well, as `recordSave(view)` of an editor's adapter does */
  save(path: string, content?: string, language?: string): void
}

export function recordFiles(recorder: EventRecorder): RecordedFiles {
  const record = (type: string, fileId: string, data: object) =>
    recordQuietly(recorder, { type, fileId, data })
  return {
    open(path, content) {
      record('editor_open', pathInBounds(path), { content })
    },
    create(path, content) {
      const filePath = pathInBounds(path)
      record('file_created', filePath, { filePath, content })
      markCreated(recorder, path)
    },
    rename(path, toPath, content) {
      const filePath = pathInBounds(path)
      const moved = { filePath, toPath: pathInBounds(toPath), content }
      record('file_renamed', filePath, moved)
      moveHandle(recorder, path, toPath)
    },
    delete(path) {
      const filePath = pathInBounds(path)
      record('file_deleted', filePath, { filePath })
      markDeleted(recorder, path)
    },
    save(path, content, language) {
      const filePath = pathInBounds(path)
      if (content !== undefined) record('code_snapshot', filePath, { fileName: filePath, language, content })
      record('file_write', filePath, { filePath, language })
    },
  }
}
