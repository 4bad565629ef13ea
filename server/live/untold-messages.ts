import type { BufferMeta } from '../../db/buffer/event-buffer.js'
import { keepUntold, takeUntold, untoldAfterSeq } from '../../db/buffer/untold.js'
import { iterateEvents, type Stores } from '../../db/read-events.js'
import { getSession } from '../../db/sessions.js'
import type { RecordedEvent } from '../../protocol/events.js'
import type { ProctorMessage } from '../../protocol/socket-events.js'
import type { ConnectedPage } from './second-device.js'

export interface UntoldOptions {
  stores: Stores
  /** Tells one connection of this node. */
  tell: (connectionId: string, message: ProctorMessage) => void
  log: (error: unknown, where: string) => void
}

/**
 * Messages that were sent while no page of the candidate's was connected: the first page that connects is told them.
 * They are in the recording; beside it the buffer keeps only the seq behind which they are, so that a text is nowhere
 * but where redaction and erasure find it, and a connection that has nothing to be told costs nothing. With Redis lost
 * the note is lost, and they are in the recording alone.
 */
export class UntoldMessages {
  constructor(private readonly options: UntoldOptions) {}

  /** Where a session stands before a message: behind this seq it will be found. Throws StoreError. */
  async headSeq(sessionId: string): Promise<number> {
    const { buffer, db } = this.options.stores
    const meta = await buffer.meta(sessionId)
    // What the buffer does not know of is committed.
    return meta?.headSeq ?? (await getSession(db, sessionId))?.eventCount ?? 0
  }

  /**
   * A message was recorded behind `afterSeq`: keeps it for later where no page is there.
   * @returns whether it has to be told now. A page that comes meanwhile either finds the note or is seen here. Throws StoreError.
   */
  async keep(sessionId: string, afterSeq: number, nowMs: number): Promise<boolean> {
    const { buffer } = this.options.stores
    const isThere = async () => ((await buffer.meta(sessionId))?.onlineUntilMs ?? 0) > nowMs
    if (await isThere()) return true
    await keepUntold(buffer, sessionId, afterSeq)
    return !(await isThere()) || (await takeUntold(buffer, sessionId))
  }

  /** A page is there; `meta` is of after its lease was written. Never throws. */
  async pageConnected({ sessionId, connectionId }: ConnectedPage, meta: BufferMeta): Promise<void> {
    const { stores, tell, log } = this.options
    const afterSeq = untoldAfterSeq(meta)
    if (afterSeq === null) return
    try {
      if (!(await takeUntold(stores.buffer, sessionId))) return
      try {
        const query = { afterSeq, types: ['proctor_message'] }
        for await (const events of iterateEvents(stores, sessionId, query))
          for (const message of events.flatMap(messageOf)) tell(connectionId, message)
      } catch (error) {
        await keepUntold(stores.buffer, sessionId, afterSeq)
        throw error
      }
    } catch (error) {
      log(error, 'messages of before')
    }
  }
}

/** A message as it was sent from here: others may have recorded their own, which they show themselves. */
function messageOf({ data }: RecordedEvent): ProctorMessage[] {
  const { text, author, atMs } = (data ?? {}) as Record<string, unknown>
  if (typeof text !== 'string' || typeof author !== 'string' || typeof atMs !== 'number') return []
  return [{ text, author, atMs }]
}
