import { createHash, randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { guardedStream, putGuarded, unavailable } from './body-guard.js'
import {
  type ArchiveStore,
  checkKey,
  checkPrefix,
  checkRemovable,
  INCOMING_MARK,
  type PutBody,
  type StoredObject,
} from './store.js'

/** A put that has not written for so long is taken for dead, wherever it ran. */
const INCOMING_STALE_MS = 15 * 60 * 1000

/**
 * An archive in a directory, on one disk or shared by several machines. An object is a file at its key's path;
 * the folders come with the first put. No key may be the folder of another.
 */
export function openDirectoryStore(rootPath: string): ArchiveStore {
  const root = resolve(rootPath)
  const pathOf = (key: string): string => {
    checkKey(key)
    return join(root, ...key.split('/'))
  }
  return {
    put: async (key, body) => {
      const path = pathOf(key)
      await putGuarded(`Writing ${path}`, body, (guarded) => putFile(path, guarded))
    },
    get: async (key) => {
      const handle = await openFile(pathOf(key))
      return handle && guardedStream(`Reading ${key}`, handle.createReadStream())
    },
    getRange: async (key, offsetBytes, lengthBytes) => {
      const handle = await openFile(pathOf(key))
      return handle && readRange(handle, key, offsetBytes, lengthBytes)
    },
    head: async (key) => {
      const handle = await openFile(pathOf(key))
      if (handle === null) return null
      try {
        return { sizeBytes: (await handle.stat()).size }
      } finally {
        await handle.close()
      }
    },
    list: (prefix) => {
      checkPrefix(prefix)
      return listFolder(join(root, ...prefix.split('/')), prefix)
    },
    removePrefix: async (prefix) => {
      checkRemovable(prefix)
      const folder = join(root, ...prefix.split('/'))
      try {
        // What a crashed put left in there goes with it: erased is erased.
        await rm(folder, { recursive: true, force: true, maxRetries: 3 })
        await syncFolder(dirname(folder))
      } catch (error) {
        if (!isMissing(error)) throw unavailable(`Removing ${folder}`, error)
      }
    },
    describe: () => `directory ${root}`,
    close: async () => {},
  }
}

/**
 * INVARIANT: a file under its final name is whole and on disk. So: written and synced under another name in the
 * same folder (a rename must not cross file systems), renamed, and the folder synced, or a power cut could bring
 * back the old name or none.
 */
async function putFile(path: string, body: PutBody): Promise<void> {
  const folder = dirname(path)
  await makeFolder(folder)
  await removeStaleIncoming(folder)
  const incoming = join(folder, `${incomingMarkOfProcess()}${randomBytes(8).toString('hex')}`)
  const handle = await open(incoming, 'wx')
  try {
    try {
      await writeFile(handle, body)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(incoming, path)
  } catch (error) {
    await unlink(incoming).catch(() => {})
    throw error
  }
  await syncFolder(folder)
}

/** Makes the folder; each new one is in its parent on disk before anything relies on it. */
async function makeFolder(folder: string): Promise<void> {
  const firstMade = await mkdir(folder, { recursive: true })
  if (firstMade === undefined) return
  for (let at = folder; at.length >= firstMade.length; at = dirname(at)) await syncFolder(dirname(at))
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const hostMark = createHash('sha256').update(hostname()).digest('hex').slice(0, 8)
const incomingMarkOfProcess = (): string => `${INCOMING_MARK}${hostMark}-${process.pid}-`

/**
 * Removes what crashed puts left in a folder: theirs whose process is gone from this machine, and whatever
 * nobody has written to for long. Should that hit a living put after all, its rename fails, nothing else.
 */
async function removeStaleIncoming(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(INCOMING_MARK)) continue
    const path = join(folder, name)
    const info = await stat(path).catch(() => null)
    if (info === null) continue
    const [host, pid] = name.slice(INCOMING_MARK.length).split('-')
    const isOrphan = host === hostMark && !isRunning(Number(pid))
    if (isOrphan || Date.now() - info.mtimeMs > INCOMING_STALE_MS) await unlink(path).catch(() => {})
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it runs, as somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** An open file, or null where there is none. A file that is replaced or removed later stays readable. */
async function openFile(path: string): Promise<FileHandle | null> {
  try {
    const handle = await open(path, constants.O_RDONLY)
    if ((await handle.stat()).isFile()) return handle
    await handle.close()
    return null
  } catch (error) {
    if (isMissing(error)) return null
    throw unavailable(`Opening ${path}`, error)
  }
}

async function readRange(handle: FileHandle, key: string, offset: number, length: number): Promise<Buffer> {
  try {
    const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, (await handle.stat()).size - offset)))
    let filled = 0
    while (filled < buffer.length) {
      const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, offset + filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return buffer.subarray(0, filled)
  } catch (error) {
    throw unavailable(`Reading ${key}`, error)
  } finally {
    await handle.close()
  }
}

async function* listFolder(folder: string, prefix: string): AsyncGenerator<StoredObject> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw unavailable(`Listing ${folder}`, error)
  })
  for (const entry of entries) {
    if (entry.name.startsWith(INCOMING_MARK)) continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      yield* listFolder(path, `${prefix}${entry.name}/`)
    } else if (entry.isFile()) {
      const info = await stat(path).catch(() => null)
      if (info !== null) yield { key: `${prefix}${entry.name}`, sizeBytes: info.size }
    }
  }
}

/** ENOTDIR: a file where the key has a folder; nothing lies below it. */
const isMissing = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')
