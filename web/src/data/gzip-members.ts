/** A part of an object of an archive that is unpacked by itself. */
export interface Member {
  offset: number
  length: number
  /** Of its bytes, hex. */
  sha256: string
}

/** Fetches part of an object: `length` bytes from `offset` on. */
export type FetchRange = (offset: number, length: number, signal: AbortSignal) => Promise<Response>

/** The archive is being written anew, or was since its index was read: it is to be opened again. */
export class RecordingChanged extends Error {
  override readonly name = 'RecordingChanged'
}

/** What came is no gzip: the host sends something else, for as long as it is set up as it is. */
export class NotGzip extends Error {
  override readonly name = 'NotGzip'
  constructor() {
    super(
      'The host sent something else than the gzip file it was asked for. It may answer with a page where a file is missing, or unpack .gz files on their way (Content-Encoding).',
    )
  }
}

/** The texts of members that follow each other, as one request, each as soon as its bytes are there. */
export async function* membersOf(
  fetchRange: FetchRange,
  members: readonly Member[],
  signal: AbortSignal,
): AsyncGenerator<string> {
  const [first] = members
  if (first === undefined) return
  const length = members.reduce((sum, member) => sum + member.length, 0)
  const response = await fetchRange(first.offset, length, signal)
  if (!response.ok || response.body === null) throw await failureOf(response)
  // A host without byte ranges sends all of it.
  let skip = response.status === 206 ? 0 : first.offset
  const reader = response.body.getReader()
  const pending = new ByteQueue()
  let place = 0
  try {
    for (;;) {
      const member = members[place]
      if (member === undefined) return
      if (skip > 0 && pending.length > 0) skip -= pending.take(Math.min(skip, pending.length)).length
      if (skip === 0 && pending.length >= member.length) {
        yield await textOf(pending.take(member.length), member)
        place++
        continue
      }
      const { value, done } = await reader.read()
      if (done) throw new RecordingChanged('An object of the archive is shorter than its index says.')
      pending.put(value)
    }
  } finally {
    reader.cancel().catch(() => {})
  }
}

async function failureOf(response: Response): Promise<Error> {
  await response.body?.cancel()
  // Behind the end of an object that is another one now.
  if (response.status === 416)
    return new RecordingChanged('An object of the archive is shorter than its index says.')
  return new Error(`The archive answered ${response.status}.`)
}

/** Hashed while it is unpacked: each is done by a thread of its own. */
async function textOf(bytes: Uint8Array<ArrayBuffer>, { sha256 }: Member): Promise<string> {
  const unpacking = gunzipped(bytes)
  // Other bytes than expected are mostly no gzip either; that they are others is what matters.
  unpacking.catch(() => {})
  const hex = await sha256Of(bytes)
  if (hex !== null && hex !== sha256)
    throw new RecordingChanged('A part of the archive has other bytes than its index says.')
  return unpacking
}

/** In hex; null where it can't be told: browsers hash only on pages that came securely. */
async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string | null> {
  if (globalThis.crypto?.subtle === undefined) return null
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The text of one gzip member. Throws NotGzip. Read piece by piece, which takes a third of what a Blob and a Response take. */
export async function gunzipped(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const stream = new DecompressionStream('gzip')
  const writer = stream.writable.getWriter()
  // What is wrong with the bytes is told where they are read.
  writer.write(bytes).catch(() => {})
  writer.close().catch(() => {})
  const reader = stream.readable.getReader()
  const decoder = new TextDecoder()
  let text = ''
  for (;;) {
    const { value, done } = await reader.read().catch(() => {
      throw new NotGzip()
    })
    if (done) return text + decoder.decode()
    text += decoder.decode(value, { stream: true })
  }
}

/** Bytes as they come, taken in other lengths. */
class ByteQueue {
  private chunks: Uint8Array[] = []
  length = 0

  put(chunk: Uint8Array): void {
    this.chunks.push(chunk)
    this.length += chunk.length
  }

  /** At most as many as there are. */
  take(length: number): Uint8Array<ArrayBuffer> {
    const taken = new Uint8Array(length)
    let at = 0
    while (at < length) {
      const chunk = this.chunks[0] as Uint8Array
      const part = chunk.subarray(0, length - at)
      taken.set(part, at)
      at += part.length
      if (part.length === chunk.length) this.chunks.shift()
      else this.chunks[0] = chunk.subarray(part.length)
    }
    this.length -= length
    return taken
  }
}
