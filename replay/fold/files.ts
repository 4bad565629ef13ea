import type { RecordedEvent } from '../../protocol/events.js'
import type { PersistentMap } from '../persistent-map.js'
import { Text } from '../text.js'
import type { Fold, FoldedFile, Reducers } from './fold.js'

// File state is kept per source and path [R1]. A source that starts to edit a file without having said what its
// editor holds builds on the text the interview began the file with.

export const fileKey = (source: number, path: string): string => `${source}:${path}`

/** The path an event speaks of; fileId is the path. */
export function pathOf(event: RecordedEvent, data: object): string {
  const { filePath, fileName } = data as { filePath?: unknown; fileName?: unknown }
  for (const name of [event.fileId, filePath, fileName]) {
    if (typeof name === 'string' && name !== '') return name
  }
  return 'untitled'
}

/** The file as this source knows it, or as it would find it on first opening it. */
export function fileOf(fold: Fold, source: number, path: string): FoldedFile {
  const own = fold.files.get(fileKey(source, path))
  if (own !== undefined) return own
  return {
    order: fold.files.size,
    path,
    source,
    text: fold.startTexts.get(path) ?? Text.EMPTY,
    language: null,
    selection: null,
    lastChangeMs: 0,
    lastChangeSeq: 0,
    lastOrigin: null,
    lastChange: null,
    editCount: 0,
    deleted: false,
    renamedTo: null,
  }
}

export const withFile = (fold: Pick<Fold, 'files'>, file: FoldedFile): PersistentMap<FoldedFile> =>
  fold.files.set(fileKey(file.source, file.path), file)

/** The file with a text that did not come about by an edit. */
export function withText(file: FoldedFile, text: Text, event: RecordedEvent): FoldedFile {
  return {
    ...file,
    ...changedBy(event),
    text,
    selection: null,
    lastChange: null,
    deleted: false,
    renamedTo: null,
  }
}

export const changedBy = (event: RecordedEvent) => ({
  lastChangeMs: event.timestamp,
  lastChangeSeq: event.seq,
})

/** Files that a session starts with: seen as the writer's own, and what others' edits build on. */
export function withStartFiles(
  fold: Fold,
  event: RecordedEvent,
  files: readonly { filePath: string; content: string }[],
): Pick<Fold, 'files' | 'startTexts'> {
  let next: Pick<Fold, 'files' | 'startTexts'> = fold
  for (const { filePath, content } of files) {
    const text = Text.of(content)
    const file = withText(fileOf({ ...fold, ...next }, event.source, filePath), text, event)
    next = { files: withFile(next, file), startTexts: next.startTexts.set(filePath, text) }
  }
  return { files: next.files, startTexts: next.startTexts }
}

export const fileReducers: Reducers<'file_created' | 'file_deleted' | 'file_renamed' | 'file_write'> = {
  file_created(fold, event, data) {
    const start = withStartFiles(fold, event, [{ filePath: data.filePath, content: data.content ?? '' }])
    return { ...start, active: { key: fileKey(event.source, data.filePath), by: 'editor' } }
  },

  // A file is gone for all, but only this source said so: its own entry, being the youngest of that path, tells.
  file_deleted(fold, event, data) {
    const file = {
      ...fileOf(fold, event.source, data.filePath),
      ...changedBy(event),
      deleted: true,
      selection: null,
    }
    return { files: withFile(fold, file), startTexts: fold.startTexts.delete(data.filePath) }
  },

  file_renamed(fold, event, data) {
    const from = fileOf(fold, event.source, data.filePath)
    const text = data.content == null ? from.text : Text.of(data.content)
    const gone = { ...from, ...changedBy(event), deleted: true, selection: null, renamedTo: data.toPath }
    const files = withFile(fold, gone)
    const there = fileOf({ ...fold, files }, event.source, data.toPath)
    const moved: FoldedFile = {
      ...from,
      ...changedBy(event),
      order: there.order,
      path: data.toPath,
      text,
      selection: data.content == null ? from.selection : null,
      lastChange: null,
      deleted: false,
      renamedTo: null,
    }
    return {
      files: withFile({ files }, moved),
      startTexts: fold.startTexts.delete(data.filePath).set(data.toPath, text),
      active:
        fold.active?.key === fileKey(event.source, data.filePath)
          ? { ...fold.active, key: fileKey(event.source, data.toPath) }
          : fold.active,
    }
  },

  file_write(fold, event, data) {
    const own = fold.files.get(fileKey(event.source, data.filePath))
    if (own === undefined || data.language == null) return {}
    return { files: withFile(fold, { ...own, language: data.language }) }
  },
}
