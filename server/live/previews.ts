import { readAfter } from '../../db/buffer/read-after.js'
import { lastRedactions } from '../../db/live-facts.js'
import { bufferedEvents } from '../../db/read-buffer.js'
import { iterateEvents, type Stores } from '../../db/read-events.js'
import { inSlices } from '../../db/slices.js'
import type { RecordedEvent } from '../../protocol/events.js'
import type { SessionPreview } from '../../protocol/socket-events.js'
import { createBoundedFold, FilesTooLarge, previewOf } from '../../replay/index.js'
import type { NoteAccess } from '../access-log.js'
import { Turns } from '../analysis/turns.js'
import type { ProctorSocket } from './proctor-socket.js'

/** About what one session takes up in memory, in UTF-16 units: of each list, and of all files. */
const BOUNDS = { listChars: 64 * 1024, filesChars: 1024 * 1024 }
/** Folds that are kept though nobody looks at them now: who scrolls back need not wait. */
const MAX_IDLE_FOLDS = 100
/** Histories that are read at once. */
const HISTORIES_AT_ONCE = 2
/** Of one session at one look; the rest is read as a history. */
const MAX_BATCHES = 200

/** What a preview is made of. */
const PREVIEWED_TYPES: readonly string[] = [
  'session_start',
  'file_created',
  'file_deleted',
  'file_renamed',
  'file_write',
  'code_edit',
  'code_snapshot',
  'editor_open',
  'cursor',
  'terminal_input',
  'terminal_output',
  'test_run_start',
  'test_result',
]
const PREVIEWED = new Set(PREVIEWED_TYPES)

/** Where a session that takes events stands. */
export interface SessionHead {
  sessionId: string
  epoch: number
  headSeq: number
}

/** One session as far as it was folded. */
interface Followed {
  readonly sessionId: string
  readonly epoch: number
  readonly redactionId: number
  readonly fold: ReturnType<typeof createBoundedFold>
  seq: number
  isReading: boolean
  /** Its files are more than is kept: it shows nothing any more. */
  isTooLarge: boolean
  hasNews: boolean
  preview: SessionPreview | null
  /** The preview but for its seq, to tell whether it says anything new. */
  text: string
  /** Which of all previews this one is; 0 before the first. */
  version: number
}

/** What one socket wants to see, and the version of each that it has. */
interface Wish {
  readonly socket: ProctorSocket
  readonly versions: Map<string, number>
  readonly noted: Set<string>
}

/**
 * Makes the previews that a wall shows, of the sessions that somebody on this node looks at and no others. Once a second
 * it reads what is new from the buffer and folds it; nothing is relayed from node to node, and appending costs
 * nothing more (docs/decisions/wall-code-tail.md). Events are folded by seq: a tail of now, not a replay.
 *
 * INVARIANT: what is folded belongs to one epoch and to the events as the last redaction left them; a fold that does not
 * is thrown away before anything of it is shown [R3, R15].
 */
export class Previews {
  private readonly wishes = new Map<ProctorSocket, Wish>()
  /** The longest not looked at first. */
  private readonly followed = new Map<string, Followed>()
  /** Counts the previews that were made: a fold begun anew must not seem to show what was sent before. */
  private versions = 0
  private readonly histories = new Turns(HISTORIES_AT_ONCE)

  constructor(
    private readonly stores: Stores,
    private readonly noteAccess: NoteAccess,
    private readonly log: (error: unknown, where: string) => void,
  ) {}

  /** From now on the socket is shown these sessions, which its token must open. */
  wish(socket: ProctorSocket, sessionIds: readonly string[]): void {
    const before = this.wishes.get(socket)
    // One that comes back into view is sent again: whoever let it go may have forgotten it.
    const versions = new Map(sessionIds.map((id) => [id, before?.versions.get(id) ?? -1]))
    this.wishes.set(socket, { socket, versions, noted: before?.noted ?? new Set() })
  }

  forget(socket: ProctorSocket): void {
    this.wishes.delete(socket)
  }

  clear(): void {
    this.wishes.clear()
    this.followed.clear()
  }

  /** Takes in what is new and shows it. `heads` are all sessions that take events now. Throws StoreError. */
  async advance(heads: readonly SessionHead[]): Promise<void> {
    const bySession = new Map(heads.map((head) => [head.sessionId, head]))
    for (const id of this.followed.keys()) if (!bySession.has(id)) this.followed.delete(id)
    const wanted = new Set([...this.wishes.values()].flatMap(({ versions }) => [...versions.keys()]))
    const shown = [...wanted].flatMap((id) => bySession.get(id) ?? [])
    if (shown.length === 0) return

    const redactions = await lastRedactions(this.stores.db, [...wanted])
    const behind: { followed: Followed; head: SessionHead }[] = []
    for (const head of shown) {
      const followed = this.follow(head, redactions.get(head.sessionId) ?? 0)
      if (followed.seq < head.headSeq && !followed.isReading && !followed.isTooLarge)
        behind.push({ followed, head })
    }
    this.dropIdle(wanted)
    await this.readOn(behind)
    await this.show()
  }

  /** The session's fold, begun anew where that of before is of another epoch or shows what was taken out since. */
  private follow({ sessionId, epoch }: SessionHead, redactionId: number): Followed {
    const known = this.followed.get(sessionId)
    const isGood = known?.epoch === epoch && known.redactionId === redactionId
    const followed: Followed = isGood
      ? known
      : {
          sessionId,
          epoch,
          redactionId,
          fold: createBoundedFold(BOUNDS),
          seq: 0,
          isReading: false,
          isTooLarge: false,
          hasNews: false,
          preview: null,
          text: '',
          version: 0,
        }
    this.followed.delete(sessionId)
    this.followed.set(sessionId, followed)
    return followed
  }

  private dropIdle(wanted: ReadonlySet<string>): void {
    let idle = this.followed.size - wanted.size
    for (const id of this.followed.keys()) {
      if (idle-- <= MAX_IDLE_FOLDS) return
      if (!wanted.has(id)) this.followed.delete(id)
    }
  }

  private async readOn(behind: readonly { followed: Followed; head: SessionHead }[]): Promise<void> {
    const fresh = await readAfter(
      this.stores.buffer,
      behind.map(({ followed }) => followed),
      MAX_BATCHES,
    )
    for (const [i, { followed, head }] of behind.entries()) {
      const batches = fresh[i] ?? []
      const last = batches.at(-1)
      if (last !== undefined) {
        this.alone(followed, () => this.fold(followed, bufferedEvents(batches)))
        followed.seq = last.firstSeq + last.count - 1
      }
      if (followed.seq < head.headSeq && !followed.isTooLarge) void this.readHistory(followed, head.headSeq)
    }
  }

  /** From the rows, and what of the buffer lies behind them. */
  private async readHistory(followed: Followed, throughSeq: number): Promise<void> {
    followed.isReading = true
    const { sessionId, seq } = followed
    try {
      await this.histories.take(async () => {
        // Thrown away while it waited.
        if (this.followed.get(sessionId) !== followed) return
        const pages = iterateEvents(this.stores, sessionId, {
          afterSeq: seq,
          throughSeq,
          types: PREVIEWED_TYPES,
        })
        for await (const slice of inSlices(pages)) this.fold(followed, slice)
        followed.seq = throughSeq
      })
    } catch (error) {
      // Half of it may be folded: the next look begins anew.
      if (this.followed.get(sessionId) === followed) this.followed.delete(sessionId)
      this.log(error, 'preview')
    } finally {
      followed.isReading = false
    }
  }

  private fold(followed: Followed, events: readonly RecordedEvent[]): void {
    if (followed.isTooLarge) return
    const previewed = events.filter(({ type }) => PREVIEWED.has(type))
    if (previewed.length === 0) return
    this.within(followed, () => followed.fold.add(previewed))
    followed.hasNews = true
  }

  private within(followed: Followed, act: () => void): void {
    try {
      act()
    } catch (error) {
      if (!(error instanceof FilesTooLarge)) throw error
      followed.isTooLarge = true
    }
  }

  /** What goes wrong with one session is no matter of the others: it begins anew at the next look [I7]. */
  private alone(followed: Followed, act: () => void): void {
    try {
      act()
    } catch (error) {
      if (this.followed.get(followed.sessionId) === followed) this.followed.delete(followed.sessionId)
      this.log(error, 'preview')
    }
  }

  private refresh(followed: Followed): void {
    if (followed.isReading || !followed.hasNews) return
    followed.hasNews = false
    const { sessionId } = followed
    let preview: SessionPreview = { sessionId, seq: 0, code: null, command: null, tests: null }
    if (!followed.isTooLarge)
      this.within(followed, () => {
        preview = previewOf(sessionId, followed.fold.stateAt().state)
      })
    if (followed.isTooLarge) preview = { ...preview, isTooLarge: true }
    const text = JSON.stringify({ ...preview, seq: 0 })
    if (text === followed.text) return
    followed.text = text
    followed.version = ++this.versions
    followed.preview = { ...preview, seq: followed.seq }
  }

  private async show(): Promise<void> {
    for (const wish of this.wishes.values()) {
      const previews: SessionPreview[] = []
      for (const [id, version] of wish.versions) {
        const followed = this.followed.get(id)
        if (followed === undefined) continue
        this.alone(followed, () => this.refresh(followed))
        const { preview } = followed
        if (preview === null || followed.version === version) continue
        if (!(await this.mayShow(wish, id))) continue
        wish.versions.set(id, followed.version)
        previews.push(preview)
      }
      if (previews.length > 0) wish.socket.emit('previews', { previews })
    }
  }

  /** Nobody looks on unseen: without the entry nothing is shown. */
  private async mayShow({ socket, noted }: Wish, sessionId: string): Promise<boolean> {
    if (noted.has(sessionId)) return true
    try {
      await this.noteAccess(socket.data.claims, 'read', sessionId)
      noted.add(sessionId)
      return true
    } catch (error) {
      this.log(error, 'preview')
      return false
    }
  }
}
