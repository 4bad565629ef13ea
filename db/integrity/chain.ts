import { createHash, type Hash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { ArchivableEvent } from '../../protocol/archive-lines.js'
import { type ChainedSnapshot, canonicalEvent, canonicalSnapshot } from '../../protocol/chain-lines.js'

// The chain of a session [R15], to the byte in docs/archive.md: a link for each run of events that was committed in one
// transaction, linesHash = SHA-256(salt ‖ lines of the events ‖ lines of the snapshots they brought), head =
// SHA-256(head before ‖ linesHash). The salt keeps a hash that outlives a redaction from telling what was masked.

export const SALT_BYTES = 32

/** Of one event: enough to say which one of a link was changed, moved or removed, not to prove anything. */
export const MARK_BYTES = 2

/** What a link is made of besides its place and the head. */
export interface Sealed {
  salt: Buffer
  linesHash: Buffer
  /** A mark for each of its events, in order. */
  marks: Buffer
}

/** A link of a session's chain, as it is kept. */
export interface Link {
  firstSeq: number
  lastSeq: number
  /** Null where a redaction has destroyed it: what linesHash was computed of is unknown from then on. */
  salt: Buffer | null
  linesHash: Buffer
  head: Buffer
  /** Of the lines as they are now. */
  marks: Buffer
  /** What the last redaction made of it: the lines as they are now under a salt of their own. */
  masked: { salt: Buffer; linesHash: Buffer } | null
  createdAtMs: number
}

/** The head that the first link of a session goes on from: no chain passes for that of another session. */
export const firstHeadOf = (sessionId: string): Buffer =>
  createHash('sha256').update(`interviewlm-recorder chain 1\n${sessionId}\n`).digest()

export const nextHead = (headBefore: Buffer, linesHash: Buffer): Buffer =>
  createHash('sha256').update(headBefore).update(linesHash).digest()

/** Lines are hashed in pieces of some size: a call for each would cost as much as the hashing. */
const CHUNK_CHARS = 64 * 1024
const LINE_FEED = 10
const COMMA = 44

/** Computes one link: its events in order, then the snapshots that they brought, in order. */
export class LinkHasher {
  readonly #hash: Hash
  readonly #marks: number[] = []
  #lines: string[] = []
  #chars = 0
  #isMarking = true

  constructor(readonly salt: Buffer = randomBytes(SALT_BYTES)) {
    this.#hash = createHash('sha256').update(salt)
  }

  addEvent(event: ArchivableEvent): void {
    this.#add(canonicalEvent(event))
  }

  addSnapshot(snapshot: ChainedSnapshot): void {
    if (this.#isMarking) this.flush()
    this.#isMarking = false
    this.#add(canonicalSnapshot(snapshot))
  }

  /** Hashes what waits, so that nothing is kept of the lines. */
  flush(): void {
    const bytes = Buffer.from(this.#lines.join(''))
    this.#lines = []
    this.#chars = 0
    this.#hash.update(bytes)
    if (this.#isMarking) addMarks(this.#marks, bytes)
  }

  /** To be asked once, at the end. */
  sealed(): Sealed {
    this.flush()
    const marks = Buffer.alloc(this.#marks.length * MARK_BYTES)
    for (const [i, mark] of this.#marks.entries()) marks.writeUInt16BE(mark, i * MARK_BYTES)
    return { salt: this.salt, linesHash: this.#hash.digest(), marks }
  }

  #add(line: string): void {
    this.#lines.push(line)
    this.#chars += line.length
    if (this.#chars > CHUNK_CHARS) this.flush()
  }
}

/** Of each line without its seq, so that an event that was moved is known again. No line has a line feed within. */
function addMarks(marks: number[], lines: Buffer): void {
  for (let start = 0; start < lines.length; ) {
    const end = lines.indexOf(LINE_FEED, start) + 1
    marks.push(crc32(lines.subarray(lines.indexOf(COMMA, start) + 1, end)) & 0xffff)
    start = end
  }
}

/** The marks of a link as numbers. */
export function readMarks(marks: Buffer): number[] {
  const numbers: number[] = []
  for (let at = 0; at + MARK_BYTES <= marks.length; at += MARK_BYTES) numbers.push(marks.readUInt16BE(at))
  return numbers
}
