import type { RecordedEvent } from '../../protocol/events.js'
import { pathOf } from '../fold/files.js'
import type { Text } from '../text.js'
import { FILE_TYPES, FileTracker } from './file-tracker.js'
import { GitNames } from './git-path.js'
import { plain } from './plain.js'
import type { ExportedSession, ExportSource } from './recording.js'
import { piecesOf, utf8Bytes, wellFormed } from './well-formed.js'
import { PartJoiner, wholeEvents } from './whole-events.js'

const TYPES = [...FILE_TYPES, 'session_submit', 'test_result']
const BRANCH = 'refs/heads/main'

export interface GitOptions {
  /** Who is named as the author; `Candidate` without it. */
  author?: string | undefined
}

/**
 * The code history as a stream for `git fast-import`: the files that the session began with, then a commit for each
 * snapshot and each file that was created, deleted or renamed, at the event's time, and at the end what no snapshot
 * covers. Contents are UTF-8, with U+FFFD for lone surrogates.
 *
 * The stream asks for its own last line (`done`): Git refuses one that was cut off.
 */
export async function* gitFastImport(
  source: ExportSource,
  session: ExportedSession,
  { author }: GitOptions = {},
): AsyncGenerator<string> {
  yield 'feature done\n'
  const history = new History(session, identOf(session, author))
  const joiner = new PartJoiner()
  for await (const event of wholeEvents(source, TYPES, joiner)) yield* history.take(event)
  yield* history.end(joiner.leftOut)
  yield 'done\n'
}

/** A name as an ident has it: one line without angle brackets. The domain can't be anybody's. */
function identOf(session: ExportedSession, author = 'Candidate'): string {
  const name = plain(author).replace(/[<>]/g, '').trim()
  return `${name === '' ? 'Candidate' : name} <candidate@${session.id}.invalid>`
}

class History {
  private readonly files = new FileTracker()
  private readonly names = new GitNames()
  /** What the last commit has at each path. */
  private readonly committed = new Map<string, Text>()
  /** Paths that may show something else than the last commit. */
  private readonly dirty = new Set<string>()
  private readonly tests = { passed: 0, total: 0 }
  private commits = 0
  private lastMs: number

  constructor(
    private readonly session: ExportedSession,
    private readonly ident: string,
  ) {
    this.lastMs = session.startMs
  }

  *take(event: RecordedEvent): Generator<string> {
    this.lastMs = event.timestamp
    if (event.type === 'test_result') {
      this.tests.total++
      if ((event.data as { passed?: unknown } | null)?.passed === true) this.tests.passed++
      return
    }
    const paths = this.files.apply(event)
    for (const path of paths) this.dirty.add(path)
    const what = subjectOf(event)
    if (what !== null && (paths.length > 0 || event.type === 'session_start')) yield* this.commit(what, paths)
  }

  *end(leftOutPieces: number): Generator<string> {
    for (const path of this.dirty) if (!this.changed(path)) this.dirty.delete(path)
    const leftOut = this.files.leftOut + leftOutPieces
    if (this.dirty.size === 0 && this.tests.total === 0 && leftOut === 0 && this.commits > 0) return
    const missing = leftOut === 0 ? [] : [`Left-out-events: ${leftOut}`]
    yield* this.commit('The end of the recording', [...this.dirty], missing)
  }

  private changed(path: string): boolean {
    const before = this.committed.get(path)
    const now = this.files.at(path)?.text
    return before !== now && (before === undefined || now === undefined || !now.equals(before.toString()))
  }

  private *commit(subject: string, paths: readonly string[], trailers: string[] = []): Generator<string> {
    const { passed, total } = this.tests
    if (total > 0) trailers.unshift(`Tests: ${passed}/${total} passed`)
    this.tests.passed = 0
    this.tests.total = 0
    const message = [subject, '', ...trailers, `Session: ${this.session.id}`].join('\n')
    const stamp = `${this.ident} ${Math.max(0, Math.floor(this.lastMs / 1000))} +0000`
    yield `commit ${BRANCH}\nauthor ${stamp}\ncommitter ${stamp}\ndata ${utf8Bytes(message)}\n${message}\n`
    this.commits++
    // What goes makes room first: a folder may take the place of a file, or a file that of a folder.
    for (const path of paths) {
      if (this.files.at(path) !== undefined) continue
      const name = this.names.release(path)
      if (name !== undefined) yield `D ${quoted(name)}\n`
      this.committed.delete(path)
      this.dirty.delete(path)
    }
    for (const path of paths) {
      const file = this.files.at(path)
      if (file === undefined) continue
      this.dirty.delete(path)
      if (!this.changed(path)) continue
      this.committed.set(path, file.text)
      const text = wellFormed(file.text.toString())
      yield `M 100644 inline ${quoted(this.names.take(path))}\ndata ${utf8Bytes(text)}\n`
      yield* piecesOf(text)
      yield '\n'
    }
    yield '\n'
  }
}

/** What the name can't hold after gitPathOf() needs no escape: no quote, no backslash, no control character. */
const quoted = (name: string): string => `"${name}"`

/** What a commit says, or null where an event is none. */
function subjectOf(event: RecordedEvent): string | null {
  const data = (event.data ?? {}) as Record<string, unknown>
  const path = plain(pathOf(event, data))
  if (event.type === 'session_start') return 'The session starts'
  if (event.type === 'code_snapshot') return `Save ${path}`
  if (event.type === 'file_created') return `Create ${plain(String(data.filePath))}`
  if (event.type === 'file_deleted') return `Delete ${plain(String(data.filePath))}`
  if (event.type === 'file_renamed')
    return `Rename ${plain(String(data.filePath))} to ${plain(String(data.toPath))}`
  return null
}
