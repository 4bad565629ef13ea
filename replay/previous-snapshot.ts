/**
 * Which stored snapshot of a file a new one is compared with: its source's own last one; where the source has none
 * stored, the file's last of any source. A snapshot equal to that one is not stored again, and changes no lines.
 */
export const previousSnapshot = <T>(own: T | null | undefined, lastOfFile: T | null | undefined): T | null =>
  own ?? lastOfFile ?? null

/** The text that a new snapshot's lines are counted against: what its sender names, or what was stored before. */
export const textBefore = (previousContent: unknown, previous: string | null): string =>
  typeof previousContent === 'string' ? previousContent : (previous ?? '')
