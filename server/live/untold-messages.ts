import type { BufferMeta } from '../../db/buffer/event-buffer.js'
import { keepUntold, takeUntold, type UntoldNote, untoldNote } from '../../db/buffer/untold.js'
import { iterateEvents, type Stores } from '../../db/read-events.js'
import { getSession } from '../../db/sessions.js'
import type { RecordedEvent } from '../../protocol/events.js'
import type { ProctorMessage } from '../../protocol/socket-events.js'
import type { ConnectedPage } from './second-device.js'

const READ_AGAIN_MS = 5_000

export interface UntoldOptions {
  stores: Stores
  /** Tells one connection of this node. */
  tell: (connectionId: string, message: ProctorMessage) => void
  log: (error: unknown, where: string) => void
}

/**
 * Messages that were sent while no page of the candidate's was connected: the first page that connects is told them.
 * They are in the recording; beside it the buffer keeps only between which seqs they are, so that a text is nowhere
 * but where redaction and erasure find it, and a connection that has nothing to be told costs nothing. With Redis lost
 * the note is lost, and they are in the recording alone.
 */
export class UntoldMessages {
  /** Connections of this node that are still to be told, each with the timer of its next try; mostly there are none. */
  private readonly waiting = new Map<string, NodeJS.Timeout | null>()

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
   * @returns whether it has to be told now. A page that comes meanwhile either finds the note or is seen here. Never throws:
   *   the message is recorded, and its sender's next try would change nothing.
   */
  async keep(sessionId: string, afterSeq: number, nowMs: number): Promise<boolean> {
    const { stores, log } = this.options
    const { buffer } = stores
    const isThere = (meta: BufferMeta | null) => (meta?.onlineUntilMs ?? 0) > nowMs
    try {
      const meta = await buffer.meta(sessionId)
      if (meta === null || isThere(meta)) return true
      const note = { afterSeq, throughSeq: meta.headSeq }
      const isAlone = await keepUntold(buffer, sessionId, note)
      if (!isThere(await buffer.meta(sessionId))) return true
      // Where earlier ones were noted already, the page that came has seen that, and is about to be told all of them.
      return isAlone && (await takeUntold(buffer, sessionId, note))
    } catch (error) {
      log(error, 'keep a message')
      return true
    }
  }

  /** A page is there, `disconnected` follows once; `meta` is of after its lease was written. */
  pageConnected(page: ConnectedPage, meta: BufferMeta): void {
    const note = untoldNote(meta)
    if (note === null) return
    this.waiting.set(page.connectionId, null)
    void this.tellFrom(page, note)
  }

  disconnected(connectionId: string): void {
    clearTimeout(this.waiting.get(connectionId) ?? undefined)
    this.waiting.delete(connectionId)
  }

  stop(): void {
    for (const connectionId of [...this.waiting.keys()]) this.disconnected(connectionId)
  }

  /**
   * Tells a page what is noted, or tries again later while it is there. The note is taken last of all: whatever fails
   * before, it is there for this page or for another.
   * @param first as it was read with the page's lease; where it has changed since, it is read anew
   */
  private async tellFrom(page: ConnectedPage, first: UntoldNote | null): Promise<void> {
    const { sessionId, connectionId } = page
    const { stores, tell, log } = this.options
    const isThere = () => this.waiting.has(connectionId)
    try {
      for (let note = first ?? (await this.noteOf(sessionId)); note; note = await this.noteOf(sessionId)) {
        const messages = await this.messagesOf(sessionId, note)
        if (!isThere()) return
        if (!(await takeUntold(stores.buffer, sessionId, note))) continue
        if (isThere()) for (const message of messages) tell(connectionId, message)
        else await keepUntold(stores.buffer, sessionId, note)
        break
      }
      this.waiting.delete(connectionId)
    } catch (error) {
      log(error, 'messages of before')
      if (!isThere()) return
      const again = () => void this.tellFrom(page, null)
      this.waiting.set(connectionId, setTimeout(again, READ_AGAIN_MS))
    }
  }

  private async noteOf(sessionId: string): Promise<UntoldNote | null> {
    const meta = await this.options.stores.buffer.meta(sessionId)
    return meta && untoldNote(meta)
  }

  /** Up to the note's end: one that was sent since the page is there is told by itself. */
  private async messagesOf(
    sessionId: string,
    { afterSeq, throughSeq }: UntoldNote,
  ): Promise<ProctorMessage[]> {
    const messages: ProctorMessage[] = []
    const query = { afterSeq, throughSeq, types: ['proctor_message'] }
    for await (const events of iterateEvents(this.options.stores, sessionId, query))
      messages.push(...events.flatMap(messageOf))
    return messages
  }
}

/** A message as it was sent from here: others may have recorded their own, which they show themselves. */
function messageOf({ data }: RecordedEvent): ProctorMessage[] {
  const { text, author, atMs } = (data ?? {}) as Record<string, unknown>
  if (typeof text !== 'string' || typeof author !== 'string' || typeof atMs !== 'number') return []
  return [{ text, author, atMs }]
}
