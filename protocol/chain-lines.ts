import { type ArchivableEvent, type ArchivableSnapshot, oneLineJson } from './archive-lines.js'

// The text over which the links of a session's chain are computed: all that is stored of an event and all that is
// stored of a snapshot, the same from rows and from an archive, one line each. docs/archive.md has the rules; nothing here
// needs more than JSON. The seq stands alone at the front, so that what follows is the same wherever an event stands.

/** All that is kept of an event but its seq. */
function eventBehindSeq(event: ArchivableEvent): string {
  const place = [event.source, event.sourceSeq, event.timestampMs, event.receivedAtMs]
  const said = [event.rawTimestamp ?? null, event.flags ?? [], event.type, event.fileId, event.checkpoint]
  return `${JSON.stringify([...place, ...said]).slice(1)}${oneLineJson(event.dataJson)}\n`
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
