import type { CodeChange, EventData } from '../../protocol/event-schemas.js'
import type { RecordedEvent } from '../../protocol/events.js'
import { editReducers } from '../fold/edits.js'
import { fileReducers, pathOf } from '../fold/files.js'
import { sessionReducers } from '../fold/session.js'
import { MAX_FILES } from './limits.js'

/** What makes the texts of files: the same as in replay. */
export const REDUCERS = {
  session_start: sessionReducers.session_start,
  code_edit: editReducers.code_edit,
  code_snapshot: editReducers.code_snapshot,
  editor_open: editReducers.editor_open,
  file_created: fileReducers.file_created,
  file_deleted: fileReducers.file_deleted,
  file_renamed: fileReducers.file_renamed,
}
export type CodeEventType = keyof typeof REDUCERS
/** What gives or takes a file's text beside edits. */
export const givesText = (type: string): type is Exclude<CodeEventType, 'code_edit'> =>
  type !== 'code_edit' && Object.hasOwn(REDUCERS, type)

/** No more files at the start than can be followed. */
export function withFewerFiles(data: EventData<'session_start'>): EventData<'session_start'> {
  const { files } = data
  return files == null || files.length <= MAX_FILES ? data : { ...data, files: files.slice(0, MAX_FILES) }
}

/** The paths of the files that an event changes; of a rename, the new one last. */
export function pathsOf(event: RecordedEvent, type: CodeEventType, data: object): string[] {
  const { filePath, toPath, files } = data as {
    filePath?: string
    toPath?: string
    files?: { filePath: string }[]
  }
  if (type === 'session_start') return [...new Set((files ?? []).map((file) => file.filePath))]
  if (type === 'file_renamed') return [filePath as string, toPath as string]
  if (type === 'file_created' || type === 'file_deleted') return [filePath as string]
  return [pathOf(event, data)]
}

/** The changes as replay applies them, within the text; null where they overlap, which no event alone can say. */
export function withinText(changes: readonly CodeChange[], length: number): CodeChange[] | null {
  const within: CodeChange[] = []
  let end = 0
  for (const [offset, deleted, inserted] of changes) {
    if (offset < end) return null
    end = offset + deleted
    const at = Math.min(offset, length)
    within.push([at, Math.min(deleted, length - at), inserted])
  }
  return within
}
