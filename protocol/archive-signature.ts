// Which texts of an archive are signed; docs/archive.md says so to the byte. How they are is in db/integrity/keys.ts.

/** Where the signature stands: at the very end of metadata.json, which is one line. */
const SIGNATURE = /"signature":"([A-Za-z0-9_-]+)"\}\}\n$/
const EMPTY = '"signature":""}}\n'

/** The text that is signed: metadata.json as it will be, its signature empty. `integrity` is its last key, and `signature` that one's. */
export const unsignedMetadata = (metadata: object): string => `${JSON.stringify(metadata)}\n`

/** Puts a signature in its place. Throws where the text is not made for it. */
export function signedMetadata(unsigned: string, signature: string): string {
  if (!unsigned.endsWith(EMPTY)) throw new Error('metadata.json ends with the place of its signature')
  return `${unsigned.slice(0, -EMPTY.length)}"signature":"${signature}"}}\n`
}

/** What was signed of a metadata.json, and the signature; null where it has none in its place. */
export function splitMetadata(text: string): { signed: string; signature: string } | null {
  const signature = SIGNATURE.exec(text)?.[1]
  if (signature === undefined) return null
  return { signed: text.replace(SIGNATURE, EMPTY), signature }
}

/** What is signed of annotations.json: all that it says stands in its rows, which the hash is of. */
export const annotationsStatement = (said: {
  sessionId: string
  generation: number
  sha256: string
}): string => JSON.stringify({ sessionId: said.sessionId, generation: said.generation, sha256: said.sha256 })
