import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ArchiveError } from '../archive/errors.js'
import type { ArchiveStore } from '../archive/store.js'

const MIB = 1024 * 1024

/** Every archive store keeps these promises. `makeStore` gives an empty one each time. */
export function archiveStoreContract(makeStore: () => Promise<ArchiveStore>): void {
  describe('an archive store', () => {
    let store: ArchiveStore
    beforeEach(async () => {
      store = await makeStore()
    })
    afterEach(() => store.close())

    test('gives back what was put, whole, by range and by size', async () => {
      const bytes = randomBytes(100_000)
      await store.put('sessions/a/events.json.gz', bytes)
      expect((await whole(store, 'sessions/a/events.json.gz'))?.equals(bytes)).toBe(true)
      expect(await store.head('sessions/a/events.json.gz')).toEqual({ sizeBytes: 100_000 })
      const range = await store.getRange('sessions/a/events.json.gz', 70_000, 500)
      expect(range?.equals(bytes.subarray(70_000, 70_500))).toBe(true)
    })

    test('answers null for what is not there', async () => {
      await store.put('sessions/a/events.json.gz', Buffer.from('x'))
      for (const key of ['sessions/b', 'sessions/a', 'sessions/a/events.json.gz/below', 'other']) {
        expect(await store.get(key), key).toBeNull()
        expect(await store.getRange(key, 0, 10), key).toBeNull()
        expect(await store.getRange(key, 0, 0), key).toBeNull()
        expect(await store.head(key), key).toBeNull()
      }
      expect(await listed(store, '')).toEqual(['sessions/a/events.json.gz 1'])
      expect(await listed(store, 'sessions/b/')).toEqual([])
      await store.removePrefix('sessions/b/')
    })

    test('gives of a range what the object has of it', async () => {
      await store.put('k', Buffer.from('0123456789'))
      const range = async (offset: number, length: number) =>
        (await store.getRange('k', offset, length))?.toString()
      expect(await range(0, 1)).toBe('0')
      expect(await range(9, 1)).toBe('9')
      expect(await range(8, 100)).toBe('89')
      expect(await range(3, 0)).toBe('')
      expect(await range(10, 5)).toBe('')
      expect(await range(1000, 5)).toBe('')
    })

    test('keeps an empty object, from a buffer and from nothing', async () => {
      await store.put('empty/buffer', Buffer.alloc(0))
      await store.put('empty/stream', chunks())
      for (const key of ['empty/buffer', 'empty/stream']) {
        expect((await whole(store, key))?.length, key).toBe(0)
        expect(await store.head(key), key).toEqual({ sizeBytes: 0 })
      }
    })

    test('takes a stream in chunks of any size, more than one upload part of it', async () => {
      const pieces = [1, 3 * MIB, 17, 5 * MIB, 2 * MIB, 0, 4 * MIB + 5].map((size) => randomBytes(size))
      await store.put('big.gz', chunks(...pieces))
      const bytes = Buffer.concat(pieces)
      expect((await whole(store, 'big.gz'))?.equals(bytes)).toBe(true)
      const acrossParts = await store.getRange('big.gz', 5 * MIB - 10, 20)
      expect(acrossParts?.equals(bytes.subarray(5 * MIB - 10, 5 * MIB + 10))).toBe(true)
    })

    test('takes a large buffer', async () => {
      const bytes = randomBytes(12 * MIB)
      await store.put('big.gz', bytes)
      expect((await whole(store, 'big.gz'))?.equals(bytes)).toBe(true)
    })

    test('replaces an object, also by a shorter one', async () => {
      await store.put('k', Buffer.from('a long first content'))
      await store.put('k', chunks(Buffer.from('short')))
      expect((await whole(store, 'k'))?.toString()).toBe('short')
      expect(await listed(store, '')).toEqual(['k 5'])
    })

    test('takes keys with spaces, other scripts, quotes and what URLs and XML mean something by', async () => {
      const names = [
        'with space',
        'ünï çødé',
        '面接 録画',
        '🎬',
        '%41%2f',
        'a+b&c=d?e#f',
        '<x>"\'',
        '~!@$^*()[]{};:,`|',
        '.hidden',
        '...',
        '-',
      ]
      for (const name of names) await store.put(`odd/${name}/${name}.json`, Buffer.from(name))
      for (const name of names) {
        expect((await whole(store, `odd/${name}/${name}.json`))?.toString(), name).toBe(name)
        expect(await listed(store, `odd/${name}/`), name).toEqual([
          `odd/${name}/${name}.json ${Buffer.byteLength(name)}`,
        ])
      }
      expect((await listed(store, 'odd/')).length).toBe(names.length)
      await store.removePrefix('odd/')
      expect(await listed(store, '')).toEqual([])
    })

    test.each([
      '',
      '/',
      '/absolute',
      'trailing/',
      'a//b',
      '.',
      '..',
      '../escape',
      'a/../../escape',
      'a/./b',
      'a/..',
      'a\\..\\b',
      'nul\0',
      'line\nbreak',
      'lone\ud800surrogate',
      '.incoming-x',
      'a/.incoming-x/b',
      'x'.repeat(201),
      `${'y/'.repeat(400)}y`,
    ])('refuses the key %j', async (key) => {
      await expect(store.put(key, Buffer.from('x'))).rejects.toThrow(RangeError)
      await expect(store.get(key)).rejects.toThrow(RangeError)
      await expect(store.getRange(key, 0, 1)).rejects.toThrow(RangeError)
      await expect(store.head(key)).rejects.toThrow(RangeError)
      expect(await listed(store, '')).toEqual([])
    })

    test('lists and removes by folder, never by part of a name', async () => {
      for (const key of ['sessions/1/a', 'sessions/1/b/c', 'sessions/10/a', 'sessions/1x', 'other']) {
        await store.put(key, Buffer.from(key))
      }
      expect(await listed(store, 'sessions/1/')).toEqual(['sessions/1/a 12', 'sessions/1/b/c 14'])
      await store.removePrefix('sessions/1/')
      expect(await listed(store, '')).toEqual(['other 5', 'sessions/10/a 13', 'sessions/1x 11'])
      expect(await store.get('sessions/1/a')).toBeNull()
      for (const prefix of ['', 'sessions', '../', 'sessions/../']) {
        await expect(store.removePrefix(prefix), prefix).rejects.toThrow(RangeError)
      }
      expect(() => store.list('sessions')).toThrow(RangeError)
      expect(() => store.list('../')).toThrow(RangeError)
      expect((await listed(store, '')).length).toBe(3)
    })

    test('lists and removes more than a page of a thousand', async () => {
      const keys = Array.from({ length: 1203 }, (_, i) => `many/${i % 7}/${i}`)
      for (let at = 0; at < keys.length; at += 50) {
        await Promise.all(keys.slice(at, at + 50).map((key) => store.put(key, Buffer.from('x'))))
      }
      await store.put('kept', Buffer.from('x'))
      expect(await listed(store, 'many/')).toEqual(keys.map((key) => `${key} 1`).sort())
      await store.removePrefix('many/')
      expect(await listed(store, '')).toEqual(['kept 1'])
    }, 60_000)

    test.each([0, 1, 6])(
      'a body that fails after %i MiB leaves the older object, and its own error',
      async (mib) => {
        await store.put('k', Buffer.from('older'))
        let isClosed = false
        async function* failing() {
          try {
            for (let i = 0; i < mib; i++) yield randomBytes(MIB)
            throw new Error('the rows went away')
          } finally {
            isClosed = true
          }
        }
        await expect(store.put('k', failing())).rejects.toThrow(/^the rows went away$/)
        expect(isClosed).toBe(true)
        expect((await whole(store, 'k'))?.toString()).toBe('older')
        await expect(store.put('new', failing())).rejects.toThrow('the rows went away')
        expect(await listed(store, '')).toEqual(['k 5'])
      },
    )

    test('of several puts of one key at once, one wins whole', async () => {
      const bodies = Array.from({ length: 8 }, (_, i) => Buffer.alloc(20_000, i))
      await Promise.all(bodies.map((body) => store.put('contested', chunks(body))))
      const winner = await whole(store, 'contested')
      expect(bodies.some((body) => winner?.equals(body))).toBe(true)
      expect(await listed(store, '')).toEqual(['contested 20000'])
    })

    test('a stream that nobody finishes can be destroyed', async () => {
      await store.put('k', randomBytes(8 * MIB))
      const stream = await store.get('k')
      for await (const chunk of stream ?? []) {
        expect((chunk as Buffer).length).toBeGreaterThan(0)
        break
      }
      expect(stream?.destroyed).toBe(true)
      const unread = await store.get('k')
      unread?.destroy()
      expect((await whole(store, 'k'))?.length).toBe(8 * MIB)
    })

    test('describes itself in one line', () => {
      expect(store.describe()).toMatch(/^[^\n]{5,200}$/)
    })
  })
}

/** A store that is away says so as an ArchiveError with a cause, whatever is asked of it. */
export async function expectUnavailable(store: ArchiveStore): Promise<void> {
  const calls: [string, () => Promise<unknown>][] = [
    ['put', () => store.put('a/k', Buffer.from('x'))],
    ['put of a stream', () => store.put('a/k', chunks(Buffer.from('x')))],
    ['get', () => store.get('a/k')],
    ['getRange', () => store.getRange('a/k', 0, 1)],
    ['head', () => store.head('a/k')],
    ['list', () => listed(store, 'a/')],
    ['removePrefix', () => store.removePrefix('a/')],
  ]
  for (const [name, call] of calls) {
    const error = await call().then(
      () => null,
      (thrown: unknown) => thrown,
    )
    expect(error, name).toBeInstanceOf(ArchiveError)
    expect((error as ArchiveError).code, name).toBe('ARCHIVE_UNAVAILABLE')
    expect((error as ArchiveError).cause, name).toBeInstanceOf(Error)
  }
}

export async function* chunks(...buffers: Buffer[]): AsyncGenerator<Buffer> {
  yield* buffers
}

export async function whole(store: ArchiveStore, key: string): Promise<Buffer | null> {
  const stream = await store.get(key)
  return stream && Buffer.concat(await stream.toArray())
}

/** `key size`, sorted. */
export async function listed(store: ArchiveStore, prefix: string): Promise<string[]> {
  const found: string[] = []
  for await (const { key, sizeBytes } of store.list(prefix)) found.push(`${key} ${sizeBytes}`)
  return found.sort()
}
