import { type ArchivableEvent, type ArchivableSnapshot, oneLineJson } from './archive-lines.js'

// The text over which the links of a session's chain are computed: all that is stored of an event and all that is
// stored of a snapshot, the same from rows and from an archive, one line each. docs/archive.md has the rules; nothing here
// needs more than JSON. The seq stands alone at the front, so that what follows is the same wherever an event stands.

/** What an event has once it is decoded, besides what it is stored with: both are in the line already. */
type Decoded = { timestamp?: unknown; data?: unknown }

/** All that is kept of an event but its seq. What comes to be kept one day is in it without a change here. */
function eventBehindSeq(event: ArchivableEvent & Decoded): string {
  const {
    seq: _,
    source,
    sourceSeq,
    timestampMs,
    receivedAtMs,
    type,
    fileId,
    checkpoint,
    dataJson,
    ...rest
  } = event
  const { rawTimestamp = null, flags = [], timestamp: _t, data: _d, ...more } = rest
  const place = [source, sourceSeq, timestampMs, receivedAtMs, rawTimestamp, flags, type, fileId, checkpoint]
  return `${JSON.stringify([...place, ...byName(more)]).slice(1)}${oneLineJson(dataJson)}\n`
}

/** Nothing, or one object with its keys in order. */
function byName(more: Record<string, unknown>): object[] {
  const names = Object.keys(more).sort()
  return names.length === 0 ? [] : [Object.fromEntries(names.map((name) => [name, more[name]]))]
}

/** An event's line in two parts: its seq, and all else. Together they are the line. */
export const chainLineOf = (event: ArchivableEvent): { seq: string; rest: string } => ({
  seq: `[${event.seq},`,
  rest: eventBehindSeq(event),
})

/** All of an event in one line with its line feed: the same for two events only if they say the same. */
export const canonicalEvent = (event: ArchivableEvent): string => {
  const { seq, rest } = chainLineOf(event)
  return seq + rest
}

/** What a snapshot's line is made of: its text, which lies apart, stands there by its hash. */
export type ChainedSnapshot = Omit<ArchivableSnapshot, 'content'>

/** All of a snapshot in one line with its line feed. It begins like no event's line. */
export function canonicalSnapshot(row: ChainedSnapshot): string {
  const names = [row.seq, row.fileId, row.fileName, row.language, row.timestampMs, row.contentHash]
  const line = JSON.stringify(['snapshot', ...names, row.linesAdded, row.linesDeleted])
  return `${line}${JSON.stringify(row.diffFromPrevious)}\n`
}
