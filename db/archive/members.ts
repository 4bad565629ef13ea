import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { ArchiveError } from './errors.js'

const gzipAsync = promisify(gzip)
const gunzipAsync = promisify(gunzip)

/** One complete gzip member. Level 9 costs 0.6 ms per 256 KiB more than 6 and saves 7 %. */
export const packed = (text: string): Promise<Buffer> => gzipAsync(text, { level: 9 })

/** The text of a member of the object at `key`; ARCHIVE_CORRUPT where the bytes are no gzip. */
export async function unpacked(member: Buffer, key: string): Promise<string> {
  try {
    return (await gunzipAsync(member)).toString('utf8')
  } catch (cause) {
    throw new ArchiveError('ARCHIVE_CORRUPT', `A segment of ${key} is no gzip member.`, { cause })
  }
}

/** What `decode` makes of text out of the object at `key`; ARCHIVE_CORRUPT where it throws. */
export function decoded<T>(key: string, decode: () => T): T {
  try {
    return decode()
  } catch (cause) {
    throw new ArchiveError('ARCHIVE_CORRUPT', `${key} does not hold what it should.`, { cause })
  }
}

/** Hex. */
export const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
