import { existsSync, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { openArchive } from '../../db/archive/open-archive.js'
import type { ArchiveStore } from '../../db/archive/store.js'
import { ARCHIVE_OBJECTS } from '../../protocol/archive-names.js'

/** What is to be verified: recordings in a store, or a session by its rows. */
export type Target =
  | { kind: 'archive'; store: ArchiveStore; prefixes: AsyncIterable<string>; of: string }
  | { kind: 'session'; sessionId: string }

/** A session's id. */
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** It names nothing that could be verified; shown to people as it is. */
export class NoTarget extends Error {
  override readonly name = 'NoTarget'
}

/** @param folder where relative paths lie */
export function findTarget(text: string, folder: string): Target {
  if (UUID.test(text) && !existsSync(resolve(folder, text)))
    return { kind: 'session', sessionId: text.toLowerCase() }
  if (text.startsWith('s3://')) return inBucket(text)
  const path = text.startsWith('file:') ? fileURLToPath(text) : resolve(folder, text)
  if (!existsSync(path) || !statSync(path).isDirectory()) {
    throw new NoTarget(`${text} is no folder, no s3:// address and no session's id.`)
  }
  return inFolder(path, text)
}

function inFolder(path: string, of: string): Target {
  if (ARCHIVE_OBJECTS.some((name) => existsSync(`${path}/${name}`))) {
    const store = openArchive(pathToFileURL(dirname(path)).href)
    return { kind: 'archive', store, prefixes: only(basename(path)), of }
  }
  const store = openArchive(pathToFileURL(path).href)
  return { kind: 'archive', store, prefixes: recordingsIn(store, ''), of }
}

/** `s3://bucket/prefix/sessions/ID?endpoint=…`, or an archive's own address. */
function inBucket(text: string): Target {
  const url = new URL(text)
  const prefix = decodeURIComponent(url.pathname).split('/').filter(Boolean).join('/')
  url.pathname = ''
  const store = openArchive(url.href)
  return { kind: 'archive', store, prefixes: recordingsIn(store, prefix), of: text }
}

async function* only(prefix: string) {
  yield prefix
}

const OBJECTS: ReadonlySet<string> = new Set(ARCHIVE_OBJECTS)

/** Every folder below a prefix that holds a recording, or what is left of one: any of its objects may have been removed. */
async function* recordingsIn(store: ArchiveStore, prefix: string): AsyncGenerator<string> {
  const found = new Set<string>()
  for await (const { key } of store.list(prefix === '' ? '' : `${prefix}/`)) {
    const end = key.lastIndexOf('/')
    if (end > 0 && OBJECTS.has(key.slice(end + 1))) found.add(key.slice(0, end))
  }
  yield* [...found].sort()
}
