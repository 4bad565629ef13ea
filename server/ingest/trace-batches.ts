import type { TraceNotes } from '../../db/buffer/trace-notes.js'
import type { Span, Tracing } from '../../db/tracing/tracing.js'
import { RecorderError } from '../../protocol/errors.js'
import type { AdmittedSource } from './admission.js'
import type { IngestResult } from './ingest.js'

/**
 * The spans of batches on their way into the buffer: `ingest`, with `check` and `append` in it. A sampled one leaves a note
 * for the worker that commits it. Attributes are ids and counts.
 */
export class BatchTraces {
  constructor(
    private readonly tracing: Tracing,
    private readonly notes: TraceNotes,
  ) {}

  /**
   * Not async, and no closure holds `raw`: as parsed, a batch must be let go of before Redis answers (ingest.ts).
   * @param raw as it came off the wire: where its `traceparent` is one, the span belongs to that trace
   * @param ingest checks at once, then appends
   */
  ofBatch(source: AdmittedSource, raw: unknown, ingest: () => Promise<IngestResult>): Promise<IngestResult> {
    const { firstSeq, events, traceparent } = (raw ?? {}) as Record<string, unknown>
    const { sessionId } = source
    const span = this.tracing.begin('ingest', {
      kind: 'server',
      parent: traceparent,
      attributes: { 'recorder.session.id': sessionId, 'recorder.source': source.source },
    })
    if (span.traceparent === null) return ingest()
    const begin = (name: string) => this.tracing.begin(name, { kind: 'internal', parent: span.traceparent })
    const check = begin('check')
    const count = Array.isArray(events) ? events.length : 0
    let result: Promise<IngestResult>
    try {
      result = ingest()
    } catch (error) {
      span.end({}, codeOf(error))
      throw error
    } finally {
      check.end()
    }
    // In this turn of the event loop, which the append follows.
    const lastSourceSeq = Number(firstSeq) + count - 1
    this.notes
      .note(sessionId, { traceparent: span.traceparent, source: source.source, lastSourceSeq })
      .catch(() => {})
    const place = { 'recorder.first_source_seq': Number(firstSeq), 'recorder.events': count }
    return endWith(result, begin('append'), span, place)
  }
}

async function endWith(
  result: Promise<IngestResult>,
  append: Span,
  span: Span,
  place: Record<string, number>,
): Promise<IngestResult> {
  try {
    const { kind } = await result
    append.end()
    span.end(place, kind === 'ok' ? undefined : kind)
  } catch (error) {
    append.end({}, codeOf(error))
    span.end(place, codeOf(error))
  }
  return result
}

const codeOf = (error: unknown): string => (error instanceof RecorderError ? error.code : 'INTERNAL')
