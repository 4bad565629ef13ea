import type { TraceNote, TraceNotes } from '../../db/buffer/trace-notes.js'
import type { Tracing } from '../../db/tracing/tracing.js'
import type { SessionCommit } from './commit-sessions.js'

type Committed = Extract<SessionCommit, { kind: 'committed' }>

/**
 * The spans of commits. One of many sessions is one `flush`, a trace of its own; each sampled batch that is in it, and each
 * close that it completes, has a `commit` in its own trace, as long as the transaction and linked to the flush.
 */
export class CommitTraces {
  constructor(
    private readonly tracing: Tracing,
    private readonly notes: TraceNotes,
  ) {}

  /**
   * After the transaction. Never fails: a trace is worth no round.
   * @returns by session, where what follows from its commit belongs
   */
  async committed(commits: readonly SessionCommit[], startedAtMs: number): Promise<Map<string, string>> {
    const traceparents = new Map<string, string>()
    const done = commits.filter((commit) => commit.kind === 'committed')
    const flush = this.tracing.begin('flush', { kind: 'internal', startedAtMs })
    const links = flush.traceparent === null ? [] : [flush.traceparent]
    const commitOf = new Map(done.map((commit) => [commit.sessionId, commit]))
    const isDue = (id: string, note: TraceNote) => isIn(commitOf.get(id) as Committed, note)
    const notes = await this.notes.take([...commitOf.keys()], isDue).catch(() => [])
    for (const [i, commit] of done.entries()) {
      if (flush.traceparent !== null) traceparents.set(commit.sessionId, flush.traceparent)
      for (const { traceparent } of closesLast(notes[i] ?? [])) {
        const span = this.tracing.begin('commit', {
          kind: 'consumer',
          parent: traceparent,
          links,
          startedAtMs,
        })
        if (span.traceparent !== null) traceparents.set(commit.sessionId, span.traceparent)
        span.end(placeOf(commit))
      }
    }
    const events = done.reduce((sum, { plan }) => sum + plan.events.length, 0)
    flush.end({ 'recorder.sessions': done.length, 'recorder.events': events })
    return traceparents
  }
}

const isIn = ({ plan, closed }: Committed, note: TraceNote): boolean =>
  'closes' in note ? closed : note.lastSourceSeq <= (plan.sources.get(note.source) ?? 0)

/** What follows belongs to the last of them: the archive to the request that closed the session. */
const closesLast = (notes: readonly TraceNote[]): TraceNote[] =>
  [...notes].sort((a, b) => Number('closes' in a) - Number('closes' in b))

function placeOf({ sessionId, plan: { events, committedSeq } }: Committed) {
  return {
    'recorder.session.id': sessionId,
    'recorder.events': events.length,
    ...(events.length > 0 && { 'recorder.first_seq': committedSeq - events.length + 1 }),
    'recorder.last_seq': committedSeq,
  }
}
