import type { EventData } from '../../protocol/event-schemas.js'
import type { RecordedEvent } from '../../protocol/events.js'
import { MAX_FILE_ID_CHARS } from '../../protocol/limits.js'
import { pathOf } from '../fold/files.js'
import { diffLines } from '../line-diff.js'
import { previousSnapshot, textBefore } from '../previous-snapshot.js'
import { type Limits, MAX_FILES } from './limits.js'
import type { Tally } from './tally.js'
import type { TextBudget } from './text-budget.js'

const MOST_EDITED = 5

export interface EditedFile {
  filePath: string
  edits: number
  snapshots: number
  linesAdded: number
  linesDeleted: number
}

/** Which files were edited and saved, and by how many lines: the same lines that code_snapshots has. */
export class EditedFiles {
  private readonly byPath = new Map<string, EditedFile>()
  /** By source and file: its last stored snapshot; and by file, the last of any source. */
  private readonly lastOfSource = new Map<string, string>()
  private readonly lastOfFile = new Map<string, string>()

  constructor(
    private readonly tally: Tally,
    private readonly limits: Limits,
    private readonly budget: TextBudget,
  ) {}

  edited(event: RecordedEvent, data: object): void {
    const file = this.fileAt(event, pathOf(event, data))
    if (file === null) return
    file.edits++
    this.tally.ofFile('fileChanges.mostEditedFiles.edits', event, file.filePath)
  }

  written(event: RecordedEvent, data: object): void {
    this.fileAt(event, pathOf(event, data))
  }

  saved(event: RecordedEvent, data: EventData<'code_snapshot'>): void {
    const { tally } = this
    tally.add('fileChanges.totalSnapshots', event)
    const file = this.fileAt(event, pathOf(event, data))
    if (file !== null) {
      file.snapshots++
      tally.ofFile('fileChanges.mostEditedFiles.snapshots', event, file.filePath)
    }
    const { content } = data
    if (typeof content !== 'string') return
    const fileId = columnText(event.fileId ?? data.fileName.slice(0, MAX_FILE_ID_CHARS))
    const key = `${event.source}\t${fileId}`
    const previous = previousSnapshot(this.lastOfSource.get(key), this.lastOfFile.get(fileId))
    if (previous === content) return
    const before = textBefore(data.previousContent, previous)
    const { linesAdded, linesDeleted } = diffLines(before, content)
    tally.add('fileChanges.totalLinesAdded', event, linesAdded)
    tally.add('fileChanges.totalLinesDeleted', event, linesDeleted)
    if (file !== null) {
      file.linesAdded += linesAdded
      file.linesDeleted += linesDeleted
      tally.ofFile('fileChanges.mostEditedFiles.linesAdded', event, file.filePath, linesAdded)
      tally.ofFile('fileChanges.mostEditedFiles.linesDeleted', event, file.filePath, linesDeleted)
    }
    this.store(this.lastOfSource, key, content)
    this.store(this.lastOfFile, fileId, content)
  }

  mostEdited(): EditedFile[] {
    return [...this.byPath.values()]
      .sort((a, b) => b.edits + b.snapshots - (a.edits + a.snapshots) || (a.filePath < b.filePath ? -1 : 1))
      .slice(0, MOST_EDITED)
      .map((file) => ({ ...file }))
  }

  save() {
    const texts = new Map<string, number>()
    const ids = (map: Map<string, string>) =>
      [...map].map(([key, text]) => {
        const id = texts.get(text) ?? texts.size
        texts.set(text, id)
        return [key, id] as const
      })
    const lastOfSource = ids(this.lastOfSource)
    const lastOfFile = ids(this.lastOfFile)
    return { files: [...this.byPath.values()], lastOfSource, lastOfFile, texts: [...texts.keys()] }
  }

  restore(saved: ReturnType<EditedFiles['save']>): void {
    for (const file of saved.files) this.byPath.set(file.filePath, { ...file })
    for (const [key, id] of saved.lastOfSource) this.lastOfSource.set(key, saved.texts[id] ?? '')
    for (const [key, id] of saved.lastOfFile) this.lastOfFile.set(key, saved.texts[id] ?? '')
  }

  private fileAt(event: RecordedEvent, filePath: string): EditedFile | null {
    const known = this.byPath.get(filePath)
    if (known !== undefined) return known
    if (this.byPath.size >= MAX_FILES) {
      this.limits.reach('files')
      return null
    }
    const file: EditedFile = { filePath, edits: 0, snapshots: 0, linesAdded: 0, linesDeleted: 0 }
    this.byPath.set(filePath, file)
    this.tally.add('fileChanges.uniqueFilesEdited', event)
    return file
  }

  /** A text there is no room for counts as one that was never stored. */
  private store(map: Map<string, string>, key: string, text: string): void {
    const before = map.get(key)?.length ?? 0
    const fits = (map.has(key) || map.size < MAX_FILES) && this.budget.take(text.length - before)
    if (fits) {
      map.set(key, text)
      return
    }
    this.limits.reach('lineDiff')
    if (map.delete(key)) this.budget.take(-before)
  }
}

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** As the column file_id holds it: two names that are equal there are one file. */
const columnText = (text: string): string => text.replaceAll('\0', '\ufffd').replace(LONE_SURROGATE, '\ufffd')
