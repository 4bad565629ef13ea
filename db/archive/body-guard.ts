import { PassThrough, pipeline, type Readable } from 'node:stream'
import { ArchiveError } from './errors.js'
import type { PutBody } from './store.js'

/**
 * Runs a put so that what its body throws can be told from what the store throws: a database that goes away
 * while its rows are archived is not an archive that is away.
 */
export async function putGuarded(
  what: string,
  body: PutBody,
  put: (body: PutBody) => Promise<void>,
): Promise<void> {
  let bodyFailure: { error: unknown } | undefined
  // Not `yield*` in a try: a store that gives up may throw into the generator, and that is not the body's error.
  async function* watched(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const iterator = chunks[Symbol.asyncIterator]()
    const nextChunk = () =>
      iterator.next().catch((error: unknown) => {
        bodyFailure = { error }
        throw error
      })
    try {
      for (let next = await nextChunk(); !next.done; next = await nextChunk()) yield next.value
    } finally {
      await iterator.return?.()
    }
  }
  try {
    await put(Buffer.isBuffer(body) ? body : watched(body))
  } catch (error) {
    throw bodyFailure === undefined ? unavailable(what, error) : bodyFailure.error
  }
}

/** An ArchiveError ARCHIVE_UNAVAILABLE around whatever a store threw. */
export function unavailable(what: string, cause: unknown): ArchiveError {
  if (cause instanceof ArchiveError) return cause
  const { name, code } = cause as { name?: string; code?: string }
  return new ArchiveError('ARCHIVE_UNAVAILABLE', `${what} failed (${code ?? name ?? 'unknown'}).`, { cause })
}

/** The same bytes, with the store's errors as ArchiveErrors; destroying it destroys the source. */
export function guardedStream(what: string, source: Readable): Readable {
  const guarded = new PassThrough({
    destroy: (error, done) => done(error === null ? null : unavailable(what, error)),
  })
  // The callback must be there for pipeline, and has nothing to add: `guarded` carries the error itself.
  return pipeline(source, guarded, () => {})
}
