import type { CodeChange } from '../../protocol/event-schemas.js'
import type { RecordedEvent } from '../../protocol/events.js'
import { mustAscend } from '../fold/edits.js'
import { fileKey, pathOf } from '../fold/files.js'
import { eachString } from './json-strings.js'
import { clipRuns, type Run, TracedText } from './traced-text.js'
import { fieldRuns, itemPlace, type WholeEvent } from './whole-events.js'

export interface FileEvents {
  /** The text changed between these offsets (of the new text), or what lies around one offset came together. */
  changed(text: TracedText, from: number, to: number): void
  /** `brought` says where an event holds a whole text, `text` where each unit of it came from first. */
  given(brought: readonly Run[], text: TracedText): void
}

interface TracedFile {
  readonly text: TracedText
  readonly deleted: boolean
}

type Fields = Record<string, unknown>

/**
 * Follows every file's text as replay does (fold/edits.ts, fold/files.ts), per source and path, and knows of each
 * unit which event brought it. A text that is given whole is taken as the one known already, as far as both begin and
 * end alike: what is masked in one is then masked in the other, and replay finds no difference.
 */
export class FileFollower {
  readonly #files = new Map<string, TracedFile>()
  readonly #startTexts = new Map<string, TracedText>()
  /** By path: the text that any source had last. */
  readonly #latest = new Map<string, TracedText>()

  constructor(private readonly on: FileEvents) {}

  /** The events of a session in the order of replay. What replay finds unreadable changes nothing. */
  apply(whole: WholeEvent): void {
    const { event } = whole
    const follow = FOLLOWERS[event.type]
    if (follow === undefined || !Object.hasOwn(FOLLOWERS, event.type)) return
    try {
      follow.call(this, whole, event, (event.data ?? {}) as Fields)
    } catch {
      // As in replay, an event that can't be read is left out.
    }
  }

  /** For tests: the text as it is known now. */
  textOf(source: number, path: string): string | undefined {
    return this.#files.get(fileKey(source, path))?.text.toString()
  }

  edit(whole: WholeEvent, event: RecordedEvent, data: Fields): void {
    const path = pathOf(event, data)
    const before = this.#fileOf(event.source, path)
    const changes = data.changes as CodeChange[]
    mustAscend(changes)
    let { text } = before
    const touched: [at: number, deleted: number, inserted: number][] = []
    for (let i = changes.length - 1; i >= 0; i--) {
      const [offset, deleted, inserted] = changes[i] as CodeChange
      const at = Math.min(offset, before.text.length)
      const removed = Math.min(deleted, before.text.length - at)
      const { seq, field } = itemPlace(whole, 'changes', i)
      text = text.splice(at, removed, [{ seq, field: `${field}/2`, at: 0, text: inserted }])
      touched.push([at, removed, inserted.length])
    }
    this.#setFile(event.source, path, text)
    let growth = 0
    for (const [at, removed, inserted] of touched.reverse()) {
      this.on.changed(text, at + growth, at + growth + inserted)
      growth += inserted - removed
    }
  }

  snapshot(whole: WholeEvent, event: RecordedEvent, data: Fields): void {
    const path = pathOf(event, data)
    const own = this.#files.get(fileKey(event.source, path))
    if (typeof data.previousContent === 'string') {
      const brought = fieldRuns(whole, 'previousContent')
      this.on.given(brought, this.#aligned(path, own?.text, brought, data.previousContent).text)
    }
    if (typeof data.content !== 'string') {
      this.#files.set(fileKey(event.source, path), own ?? this.#fileOf(event.source, path))
      return
    }
    this.#give(whole, event.source, path, data.content, own)
  }

  open(whole: WholeEvent, event: RecordedEvent, data: Fields): void {
    const path = pathOf(event, data)
    const before = this.#fileOf(event.source, path)
    if (typeof data.content === 'string') this.#give(whole, event.source, path, data.content, before)
    else this.#files.set(fileKey(event.source, path), before)
  }

  cursor(_whole: WholeEvent, event: RecordedEvent, data: Fields): void {
    const path = pathOf(event, data)
    this.#files.set(fileKey(event.source, path), this.#fileOf(event.source, path))
  }

  start(whole: WholeEvent, event: RecordedEvent, data: Fields): void {
    const files = (data.files ?? []) as { filePath: string; content: string }[]
    for (const [i, { filePath, content }] of files.entries()) {
      const { seq, field } = itemPlace(whole, 'files', i)
      const brought = [{ seq, field: `${field}/content`, at: 0, text: content }]
      this.#startWith(event.source, filePath, brought, content)
    }
  }

  create(whole: WholeEvent, event: RecordedEvent, data: Fields): void {
    const content = (data.content ?? '') as string
    this.#startWith(event.source, data.filePath as string, fieldRuns(whole, 'content'), content)
  }

  remove(whole: WholeEvent, event: RecordedEvent, data: Fields): void {
    const path = data.filePath as string
    const file = this.#fileOf(event.source, path)
    this.#files.set(fileKey(event.source, path), { ...file, deleted: true })
    this.#startTexts.delete(path)
    if (typeof data.content === 'string') {
      const brought = fieldRuns(whole, 'content')
      this.on.given(brought, this.#aligned(path, file.text, brought, data.content).text)
    }
  }

  rename(whole: WholeEvent, event: RecordedEvent, data: Fields): void {
    const [path, toPath] = [data.filePath as string, data.toPath as string]
    const from = this.#fileOf(event.source, path)
    this.#files.set(fileKey(event.source, path), { ...from, deleted: true })
    this.#startTexts.delete(path)
    let { text } = from
    if (typeof data.content === 'string') {
      text = this.#bring(path, from.text, fieldRuns(whole, 'content'), data.content)
    }
    this.#setFile(event.source, toPath, text)
    this.#startTexts.set(toPath, text)
  }

  /** The code that was handed in is what the files were: masked where they are. */
  submit(whole: WholeEvent, _event: RecordedEvent, _data: Fields): void {
    const joined = fieldRuns(whole, 'finalCode')
    if (joined.length > 0) {
      this.#handIn(null, joined)
      return
    }
    const { seq, data } = whole.event
    eachString({ finalCode: (data as Fields).finalCode }, (text, path) => {
      const name = path.at(-1)
      if (typeof name === 'symbol' || path.length < 2) return
      const field = `/data${path.map((step) => `/${escaped(String(step))}`).join('')}`
      this.#handIn(String(name), [{ seq, field, at: 0, text }])
    })
  }

  #handIn(path: string | null, brought: readonly Run[]): void {
    const content = brought.map((run) => run.text).join('')
    let base = path === null ? undefined : this.#latest.get(path)
    if (base === undefined) for (const text of this.#latest.values()) if (text.equals(content)) base = text
    if (base !== undefined) this.on.given(brought, align(base, brought, content).text)
  }

  #startWith(source: number, path: string, brought: readonly Run[], content: string): void {
    const text = this.#bring(path, this.#fileOf(source, path).text, brought, content)
    this.#setFile(source, path, text)
    this.#startTexts.set(path, text)
  }

  #give(whole: WholeEvent, source: number, path: string, content: string, own: TracedFile | undefined): void {
    const brought = fieldRuns(whole, 'content')
    this.#setFile(source, path, this.#bring(path, own?.text, brought, content))
  }

  /** The text of a file that an event gives whole, told to whoever listens. */
  #bring(path: string, own: TracedText | undefined, brought: readonly Run[], content: string): TracedText {
    const { text, from, to } = this.#aligned(path, own, brought, content)
    this.on.changed(text, from, to)
    this.on.given(brought, text)
    return text
  }

  /** As the source's own text where it is that; otherwise as the one of those known that is most like it. */
  #aligned(path: string, own: TracedText | undefined, brought: readonly Run[], content: string): Aligned {
    const bases = [own, this.#latest.get(path), this.#startTexts.get(path)].filter(
      (base) => base !== undefined,
    )
    const equal = bases.find((base) => base.equals(content))
    if (equal !== undefined) return { text: equal, from: 0, to: 0 }
    const candidates = [...new Set(bases)].map((base) => align(base, brought, content))
    candidates.push({ text: TracedText.of(brought), from: 0, to: content.length })
    return candidates.reduce((best, one) => (one.to - one.from < best.to - best.from ? one : best))
  }

  #fileOf(source: number, path: string): TracedFile {
    const own = this.#files.get(fileKey(source, path))
    return own ?? { text: this.#startTexts.get(path) ?? TracedText.EMPTY, deleted: false }
  }

  #setFile(source: number, path: string, text: TracedText): void {
    this.#files.set(fileKey(source, path), { text, deleted: false })
    this.#latest.set(path, text)
  }
}

type Follow = (this: FileFollower, whole: WholeEvent, event: RecordedEvent, data: Fields) => void

const FOLLOWERS: Readonly<Record<string, Follow>> = {
  code_edit: FileFollower.prototype.edit,
  code_snapshot: FileFollower.prototype.snapshot,
  editor_open: FileFollower.prototype.open,
  cursor: FileFollower.prototype.cursor,
  session_start: FileFollower.prototype.start,
  file_created: FileFollower.prototype.create,
  file_deleted: FileFollower.prototype.remove,
  file_renamed: FileFollower.prototype.rename,
  session_submit: FileFollower.prototype.submit,
}

interface Aligned {
  readonly text: TracedText
  /** What is not known from before. */
  readonly from: number
  readonly to: number
}

/** `content` taken as `base` as far as both begin and end alike, and as brought by its own event in between. */
function align(base: TracedText, brought: readonly Run[], content: string): Aligned {
  const before = base.toString()
  const shorter = Math.min(before.length, content.length)
  let from = 0
  while (from < shorter && before.charCodeAt(from) === content.charCodeAt(from)) from++
  let same = 0
  while (
    same < shorter - from &&
    before.charCodeAt(before.length - 1 - same) === content.charCodeAt(content.length - 1 - same)
  )
    same++
  const to = content.length - same
  const text = base.splice(from, before.length - same - from, clipRuns(brought, from, to))
  return { text, from, to }
}

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')
