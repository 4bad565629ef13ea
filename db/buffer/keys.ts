/**
 * Where a session's buffer lives in Redis. All keys of a shard carry the same hash tag, so one script touches
 * one cluster slot however many sessions it serves.
 */
export interface BufferKeyspace {
  /** In front of every key, so that several systems can share a Redis. */
  prefix: string
  shards: number
}

/** FNV-1a over the id's characters: stable across processes and versions, which is all that is asked of it. */
export function shardOf(sessionId: string, shards: number): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < sessionId.length; i++) {
    hash = Math.imul(hash ^ sessionId.charCodeAt(i), 0x01000193)
  }
  return (hash >>> 0) % shards
}

export const bufferKeys = ({ prefix, shards }: BufferKeyspace) => ({
  shardOf: (sessionId: string) => shardOf(sessionId, shards),
  /** Hash: epoch, watermarks, fences, presence. */
  meta: (shard: number, sessionId: string) => `${prefix}{s${shard}}:meta:${sessionId}`,
  /** Stream: batches that are received and not committed. */
  stream: (shard: number, sessionId: string) => `${prefix}{s${shard}}:batches:${sessionId}`,
  /** Stream: batches beyond a hole in their source, waiting for it to be filled [R6]. */
  held: (shard: number, sessionId: string) => `${prefix}{s${shard}}:held:${sessionId}`,
  /** String: held while a question of the session's chat is being answered. */
  chat: (shard: number, sessionId: string) => `${prefix}{s${shard}}:chat:${sessionId}`,
  /** List: traces that wait for a commit of the session (trace-notes.ts). */
  traces: (shard: number, sessionId: string) => `${prefix}{s${shard}}:traces:${sessionId}`,
  /** Sorted set: sessions with uncommitted batches, by the time their flush is due. */
  dirty: (shard: number) => `${prefix}{s${shard}}:dirty`,
  /** Sorted set: sessions by the time of their last event. */
  active: (shard: number) => `${prefix}{s${shard}}:active`,
  /** Sorted set: sessions with a hole, by the time it was first seen. */
  holes: (shard: number) => `${prefix}{s${shard}}:holes`,
})

export type BufferKeys = ReturnType<typeof bufferKeys>
