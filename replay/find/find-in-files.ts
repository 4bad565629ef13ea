import type { RecordedEvent } from '../../protocol/events.js'
import { FileTracker } from '../exports/file-tracker.js'
import type { FoldedFile } from '../fold/fold.js'
import { excerptOf, type FindExcerpt } from './hits.js'
import type { Pattern } from './pattern.js'

interface Known {
  file: FoldedFile
  matches: number
}

/**
 * Finds the moments at which a file comes to hold a text that it did not hold before. An edit is looked at where it
 * changed something, not in all of its file: typing in a long file costs no more than in a short one.
 */
export class FindInFiles {
  private readonly files = new FileTracker()
  private readonly known = new Map<string, Known>()

  constructor(private readonly pattern: Pattern) {}

  /** What a whole event brought into files: their paths, and where. */
  add(event: RecordedEvent): { path: string; excerpt: FindExcerpt }[] {
    const found: { path: string; excerpt: FindExcerpt }[] = []
    for (const path of this.files.apply(event)) {
      const file = this.files.at(path)
      if (file === undefined) {
        this.known.delete(path)
        continue
      }
      const before = this.known.get(path)
      if (before?.file.text === file.text) continue
      const matches = this.matchesIn(file, before)
      this.known.set(path, { file, matches })
      if (matches > 0 && (before?.matches ?? 0) === 0) found.push({ path, excerpt: this.excerptIn(file) })
    }
    return found
  }

  private matchesIn(file: FoldedFile, before: Known | undefined): number {
    const reach = file.lastChange
    const isEdit =
      before !== undefined &&
      before.file.source === file.source &&
      file.editCount === before.file.editCount + 1
    if (!isEdit || reach === null) return this.pattern.countIn(file.text.toString())
    const near = this.pattern.length - 1
    const oldTo = reach.to - (file.text.length - before.file.text.length)
    const from = Math.max(0, reach.from - near)
    const gone = this.pattern.countIn(before.file.text.slice(from, oldTo + near))
    const come = this.pattern.countIn(file.text.slice(from, reach.to + near))
    return before.matches - gone + come
  }

  private excerptIn(file: FoldedFile): FindExcerpt {
    const text = file.text.toString()
    const near = Math.max(0, (file.lastChange?.from ?? 0) - this.pattern.length + 1)
    const behind = this.pattern.indexIn(text, near)
    const at = behind >= 0 ? behind : this.pattern.indexIn(text)
    return excerptOf(text, at, at + this.pattern.length)
  }
}
