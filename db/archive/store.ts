import type { Readable } from 'node:stream'

/** What an object is put from. An iterable is read once, so nobody retries it but its maker. */
export type PutBody = Buffer | AsyncIterable<Buffer>

export interface StoredObject {
  key: string
  sizeBytes: number
}

/**
 * Where archives are kept: whole objects under keys such as `sessions/4b…/events.json.gz`, below a root of the
 * store's own. Keys are checked by {@link checkKey}. `prefix` is '' or a folder of keys with its slash.
 *
 * What is not there is null; everything else that fails is an ArchiveError ARCHIVE_UNAVAILABLE with its cause.
 */
export interface ArchiveStore {
  /**
   * Puts a whole object in the place of an older one, or fails and leaves the older one as it was. An error
   * thrown by the body comes through as it is. Of several puts of one key at once, one wins whole.
   */
  put(key: string, body: PutBody): Promise<void>
  /** The whole object. Read the stream to its end or destroy it: it holds a file or a connection. */
  get(key: string): Promise<Readable | null>
  /** `lengthBytes` from `offsetBytes` on, or fewer where the object ends. Held in memory. */
  getRange(key: string, offsetBytes: number, lengthBytes: number): Promise<Buffer | null>
  head(key: string): Promise<{ sizeBytes: number } | null>
  /** In no promised order. Objects put or removed meanwhile may be in it or not. */
  list(prefix: string): AsyncIterable<StoredObject>
  /** Removes what lies below a folder of keys; '' is refused. Nothing there is fine. */
  removePrefix(prefix: string): Promise<void>
  /** For people: what and where, without credentials. */
  describe(): string
  close(): Promise<void>
}

/** Names that start so belong to the directory store; no key may use them, so that both stores take the same keys. */
export const INCOMING_MARK = '.incoming-'

const MAX_KEY_BYTES = 800
const MAX_NAME_BYTES = 200

/**
 * Throws a RangeError unless the key is one that every store can hold and that stays below the store's root:
 * names joined by single slashes, none of them `.` or `..`, no backslash, nothing that XML can't say.
 */
export function checkKey(key: string): void {
  if (!isKey(key)) {
    throw new RangeError(`The archive key ${JSON.stringify(key)} is not a relative path of plain names.`)
  }
}

export const isKey = (key: string): boolean =>
  Buffer.byteLength(key) <= MAX_KEY_BYTES && key.split('/').every(isName)

/** Throws a RangeError unless the prefix is '' or a key and a slash. */
export function checkPrefix(prefix: string): void {
  if (prefix === '') return
  if (!prefix.endsWith('/')) {
    throw new RangeError(`The archive prefix ${JSON.stringify(prefix)} must end with a slash.`)
  }
  checkKey(prefix.slice(0, -1))
}

export function checkRemovable(prefix: string): void {
  if (prefix === '') throw new RangeError('Removing the whole archive is not offered: name a folder of it.')
  checkPrefix(prefix)
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what no name may hold
const NOT_IN_NAMES = /[\u0000-\u001f\u007f\\\ufffe\uffff]|\p{Surrogate}/u

const isName = (name: string): boolean =>
  name !== '' &&
  name !== '.' &&
  name !== '..' &&
  !name.startsWith(INCOMING_MARK) &&
  !NOT_IN_NAMES.test(name) &&
  Buffer.byteLength(name) <= MAX_NAME_BYTES
