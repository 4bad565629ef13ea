import type { Tracing } from '../../db/tracing/tracing.js'
import type { ArchiveJob } from '../../protocol/jobs.js'

/** The work of an archive job as the span `archive`, in the trace of what asked for it. */
export async function tracedArchive<T>(
  tracing: Tracing,
  { sessionId, traceparent }: ArchiveJob,
  work: () => Promise<T>,
): Promise<T> {
  const attributes = { 'recorder.session.id': sessionId }
  const span = tracing.begin('archive', { kind: 'consumer', parent: traceparent, attributes })
  try {
    const result = await work()
    span.end()
    return result
  } catch (error) {
    const { code } = error as { code?: unknown }
    span.end({}, typeof code === 'string' ? code : 'INTERNAL')
    throw error
  }
}
