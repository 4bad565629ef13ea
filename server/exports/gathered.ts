const CHUNK_CHARS = 32 * 1024

/** Small pieces in chunks that are worth a write to a socket. */
export async function* gathered(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let chunk: string[] = []
  let chars = 0
  for await (const piece of pieces) {
    chunk.push(piece)
    chars += piece.length
    if (chars < CHUNK_CHARS) continue
    yield chunk.join('')
    chunk = []
    chars = 0
  }
  if (chars > 0) yield chunk.join('')
}
