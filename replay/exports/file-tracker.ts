import type { RecordedEvent } from '../../protocol/events.js'
import { apply } from '../fold/apply.js'
import { fileKey, pathOf } from '../fold/files.js'
import { EMPTY_FOLD, type Fold, type FoldedFile } from '../fold/fold.js'
import { isYounger } from '../view.js'

/** The events that say what files hold. */
export const FILE_TYPES = [
  'session_start',
  'file_created',
  'file_deleted',
  'file_renamed',
  'code_edit',
  'code_snapshot',
  'editor_open',
  'cursor',
] as const
const TYPES: ReadonlySet<string> = new Set(FILE_TYPES)

/** The texts of all files together take up no more than this; each file counts something for itself. */
const MAX_HELD_CHARS = 64 * 1024 * 1024
const PER_FILE_CHARS = 500

/**
 * The files of a recording at the moment it has come to, as replay folds them, without anything else. An event
 * that would make them larger than is held is left out and counted: a sender with much text must not take all
 * memory.
 */
export class FileTracker {
  /** Events that were left out because of what the files would have held. */
  leftOut = 0
  private fold: Fold = EMPTY_FOLD
  private heldChars = 0
  /** By path: of all sources' files there, the one that was changed last, as in latestFiles(). */
  private readonly latest = new Map<string, FoldedFile>()

  constructor(private readonly maxHeldChars = MAX_HELD_CHARS) {}

  /** Applies an event and answers the paths that it speaks of. */
  apply(event: RecordedEvent): readonly string[] {
    if (!TYPES.has(event.type)) return []
    const paths = pathsOf(event)
    const next = apply(this.fold, event)
    const keys = paths.map((path) => fileKey(event.source, path))
    const grown = sizeOf(next, keys) - sizeOf(this.fold, keys)
    if (this.heldChars + grown > this.maxHeldChars && grown > 0) {
      this.leftOut++
      return []
    }
    this.heldChars += grown
    // What else the fold has noted is of no use here and would grow with the recording.
    const { files, startTexts, firstMs } = next
    this.fold = { ...EMPTY_FOLD, files, startTexts, firstMs }
    for (const key of keys) this.offer(files.get(key))
    return paths
  }

  /** The file that a path shows; undefined where there is none, or no more. */
  at(path: string): FoldedFile | undefined {
    const file = this.latest.get(path)
    return file?.deleted ? undefined : file
  }

  /** Every file there is, by path, in the order of first appearance. */
  files(): FoldedFile[] {
    return [...this.latest.values()].filter((file) => !file.deleted)
  }

  private offer(file: FoldedFile | undefined): void {
    if (file === undefined) return
    const other = this.latest.get(file.path)
    if (other === undefined || other.source === file.source || isYounger(file, other)) {
      this.latest.set(file.path, file)
    }
  }
}

function sizeOf(fold: Fold, keys: readonly string[]): number {
  let chars = 0
  for (const key of new Set(keys)) {
    const file = fold.files.get(key)
    if (file !== undefined) chars += file.text.length + file.path.length + PER_FILE_CHARS
  }
  return chars
}

function pathsOf(event: RecordedEvent): string[] {
  const data = (event.data ?? {}) as { filePath?: unknown; toPath?: unknown; files?: unknown }
  const named =
    event.type === 'session_start'
      ? Array.isArray(data.files)
        ? data.files.map((file: { filePath?: unknown } | null) => file?.filePath)
        : []
      : event.type === 'file_renamed'
        ? [data.filePath, data.toPath]
        : event.type === 'file_created' || event.type === 'file_deleted'
          ? [data.filePath]
          : [pathOf(event, data)]
  return [...new Set(named.filter((path) => typeof path === 'string'))]
}
