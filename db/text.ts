import { createHash } from 'node:crypto'

/** What a PostgreSQL text column can hold of a text: NULs and lone surrogates become U+FFFD [R8]. */
export function toColumnText(text: string): string {
  const wellFormed = text.toWellFormed()
  // Asked twice for each event that is flushed, and hardly any text has one: looking costs less than replacing nothing.
  return wellFormed.includes('\u0000') ? wellFormed.replaceAll('\u0000', '\ufffd') : wellFormed
}

/** SHA-256, hex, over the text as a JSON string, so that every UTF-16 text has exactly one hash [R8]. */
export const hashText = (text: string): string =>
  createHash('sha256').update(JSON.stringify(text)).digest('hex')
