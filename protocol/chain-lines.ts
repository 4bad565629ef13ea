import { type ArchivableEvent, type ArchivableSnapshot, oneLineJson } from './archive-lines.js'

// The text over which the links of a session's chain are computed: all that is stored of an event and all that is
// stored of a snapshot, the same from rows and from an archive, one line each. docs/archive.md has the rules; nothing here
// needs more than JSON.

/** What an event has once it is decoded, besides what it is stored with: both are in the line already. */
type Decoded = { timestamp?: unknown; data?: unknown }

/** How many keys every event has, and one that was decoded. */
const ALWAYS = 9
const ALWAYS_DECODED = 11

/**
 * All of an event in one line with its line feed: the same for two events only if they say the same. Its seq comes first, so
 * that what is behind the first comma is the same wherever an event stands. What comes to be kept one day is in it without
 * a change here.
 */
export function canonicalEvent(event: ArchivableEvent): string {
  const { seq, source, sourceSeq, timestampMs, receivedAtMs, type, fileId, checkpoint, dataJson } = event
  const place = `[${seq},${source},${sourceSeq},${timestampMs},${receivedAtMs}`
  const named = `${quoted(type)},${fileId === null ? 'null' : quoted(fileId)},${checkpoint}`
  const always = 'data' in event && 'timestamp' in event ? ALWAYS_DECODED : ALWAYS
  const rare = Object.keys(event).length === always ? null : rarelyThere(event)
  const [before, behind] = rare === null ? ['null,[]', ''] : rare
  return `${place},${before},${named}${behind}]${oneLineJson(dataJson)}\n`
}

/** Printable ASCII without a quote and a backslash: JSON has nothing to escape in it. */
const PLAIN = /^[ !#-[\]-~]*$/

/** A text as JSON. Types and nearly all paths are plain, and JSON.stringify for both was a fifth of what the line takes. */
const quoted = (text: string): string => (PLAIN.test(text) ? `"${text}"` : JSON.stringify(text))

/** Raw time and flags, and, by name, whatever else there is. */
function rarelyThere(event: ArchivableEvent & Decoded): [before: string, behind: string] {
  const { rawTimestamp = null, flags = [], timestamp: _t, data: _d, ...rest } = event
  const { seq: _q, source: _s, sourceSeq: _n, timestampMs: _m, receivedAtMs: _r, type: _y, ...more } = rest
  const { fileId: _f, checkpoint: _c, dataJson: _j, ...unknown } = more as Record<string, unknown>
  const names = Object.keys(unknown).sort()
  const all = JSON.stringify(Object.fromEntries(names.map((name) => [name, unknown[name]])))
  return [`${rawTimestamp},${JSON.stringify(flags)}`, names.length === 0 ? '' : `,${all}`]
}

/** What a snapshot's line is made of: its text, which lies apart, stands there by its hash. */
export type ChainedSnapshot = Omit<ArchivableSnapshot, 'content'>

/** All of a snapshot in one line with its line feed. It begins like no event's line. */
export function canonicalSnapshot(row: ChainedSnapshot): string {
  const names = [row.seq, row.fileId, row.fileName, row.language, row.timestampMs, row.contentHash]
  const line = JSON.stringify(['snapshot', ...names, row.linesAdded, row.linesDeleted])
  return `${line}${JSON.stringify(row.diffFromPrevious)}\n`
}
