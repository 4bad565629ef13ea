import type { RecordedFiles } from '../../../client-sdk/src/adapters/files.js'
import type { PageRecorder } from './page-recorder.js'

/** What the tests drive an editor's page with, besides real keys, mouse and clipboard. */
export interface EditorPage {
  recorder: PageRecorder
  /** Shows a file, which is made with this text when it is shown for the first time. */
  open(path: string, text?: string, options?: OpenOptions): void
  /** The text that the editor holds of the file it shows. */
  text(): string
  caret(): { anchor: number; head: number }
  select(anchor: number, head?: number): void
  focus(): void
  insertFromAi(text: string): void
  save(): void
  undo(): void
  redo(): void
  files: RecordedFiles
  /** The file that is shown goes by another name. */
  rename(to: string): void
  /** Shows the same file in a second editor, each kept as the other; answers what closes it. */
  split(): () => void
  /** Changes that the page makes itself, without a word about their origin. */
  change(...changes: [from: number, to: number, inserted: string][]): void
  /** The whole text anew, in the editor's own way. */
  setAll?(text: string): void
  /** Monaco alone, whose models can change theirs. */
  setLanguage?(language: string): void
  setLineSeparator?(separator: '\n' | '\r\n'): void
  /** Several changes that the editor tells its listeners of in one go. */
  together?(texts: string[]): void
  /** Where on the screen a place in the text is. */
  placeOf(offset: number): { x: number; y: number }
  dispose(): void
}

export interface OpenOptions {
  lineSeparator?: string
}

declare global {
  var editorPage: EditorPage
}
