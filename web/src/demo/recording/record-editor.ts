import type { Extension } from '@codemirror/state'
import type { EditorView } from '@codemirror/view'
import type { EventRecorder } from '@interviewlm/recorder-sdk'
import { insertFromAi, recordCodeMirror, recordSave } from '@interviewlm/recorder-sdk/adapters/codemirror'
import { recordFiles } from '@interviewlm/recorder-sdk/adapters/files'

/** What a workspace of several files tells of them. */
export interface EditorRecording {
  /** To be among the extensions of the file's editor. */
  extension(path: string): Extension
  saved(editor: EditorView): void
  /** An empty one, before its editor is made. */
  created(path: string): void
  renamed(path: string, toPath: string): void
  /** After its editor is gone. */
  deleted(path: string): void
  /** Another file is in front now. */
  shown(path: string): void
}

export function recordEditors(recorder: EventRecorder): EditorRecording {
  const files = recordFiles(recorder)
  return {
    extension: (path) => recordCodeMirror(recorder, { fileId: path, language: languageOf(path) }),
    saved: (editor) => recordSave(editor),
    created: (path) => files.create(path),
    renamed: (path, toPath) => files.rename(path, toPath),
    deleted: (path) => files.delete(path),
    shown: (path) => files.open(path),
  }
}

/** Puts a piece of an answer in the place of the selection, with the assistant as where it is from. */
export const insertAnswer = insertFromAi

export const languageOf = (path: string): string =>
  /\.[cm]?js$/.test(path) ? 'javascript' : path.endsWith('.md') ? 'markdown' : 'text'
