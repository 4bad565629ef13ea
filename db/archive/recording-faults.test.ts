import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recordingPrefix } from '../../protocol/archive-format.js'
import type { ArchivableEvent } from '../../protocol/archive-lines.js'
import type { RecordedEvent } from '../../protocol/events.js'
import {
  allOf,
  anEvent,
  aRecording,
  aSnapshot,
  everyRule,
  recordedOf,
  SESSION_ID,
} from '../test-support/recordings.js'
import { listed, whole } from '../test-support/store.contract.js'
import { openDirectoryStore } from './directory-store.js'
import { openRecording } from './read-recording.js'
import type { ArchiveStore } from './store.js'
import { writeRecording } from './write-recording.js'

const prefix = recordingPrefix(SESSION_ID)
const METADATA = `${prefix}/metadata.json`
const SMALL = { maxEvents: 3, maxRawBytes: 100_000 }

let base: string
let made = 0
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'archive-faults-'))
})
afterAll(() => rm(base, { recursive: true, force: true }))
const newStore = () => openDirectoryStore(join(base, String(made++)))

const events = (count: number): ArchivableEvent[] => Array.from({ length: count }, (_, i) => anEvent(i + 1))

describe('[I3] rows that cannot be an archive', () => {
  const corrupt = { code: 'ARCHIVE_CORRUPT' }
  test.each([
    ['a hole', [anEvent(1), anEvent(3)]],
    ['a double', [anEvent(1), anEvent(1)]],
    ['a first seq above 1', [anEvent(2)]],
    ['JSON that is none', [anEvent(1, { dataJson: '{"typed":"secret' })]],
    [
      'a reference to a snapshot that is missing',
      [anEvent(1, { type: 'code_snapshot', dataJson: '{"content":{"$snapshot":1}}' })],
    ],
  ])('%s', async (_what, rows) => {
    const store = newStore()
    const error = await writeRecording(store, prefix, aRecording(rows)).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject(corrupt)
    expect(JSON.stringify([String(error), String((error as Error).cause)])).not.toContain('secret')
    expect(await store.head(METADATA)).toBeNull()
  })

  test('fewer or more than the session counts', async () => {
    for (const eventCount of [2, 4]) {
      const recording = aRecording(events(3))
      recording.session.eventCount = eventCount
      await expect(writeRecording(newStore(), prefix, recording)).rejects.toMatchObject(corrupt)
    }
  })

  test('an older archive outlives rows that went missing', async () => {
    const store = newStore()
    const { events: rows, snapshots } = everyRule
    const written = aRecording(rows, snapshots)
    await writeRecording(store, prefix, written, SMALL)
    const tooFew = { ...aRecording(rows.slice(0, 9), snapshots, 2), session: written.session }
    await expect(writeRecording(store, prefix, tooFew, SMALL)).rejects.toMatchObject(corrupt)
    await expect(
      writeRecording(store, prefix, aRecording(rows, [snapshots[1]!], 2), SMALL),
    ).rejects.toMatchObject(corrupt)
    expect(await allOf((await openRecording(store, prefix)).readEvents())).toEqual(recordedOf(everyRule))
  })

  test('snapshots out of order', async () => {
    const snapshots = [aSnapshot(2, 'a'), aSnapshot(1, 'b')]
    await expect(writeRecording(newStore(), prefix, aRecording(events(2), snapshots))).rejects.toMatchObject(
      corrupt,
    )
  })
})

/** A store that does everything as the one below, but for what is replaced. */
const variant = (store: ArchiveStore, changes: Partial<ArchiveStore>): ArchiveStore => ({
  ...store,
  ...changes,
})

describe('[I6] a store that damages what it keeps is found out', () => {
  const damages: [string, (bytes: Buffer) => Buffer | null][] = [
    ['loses it', () => null],
    ['loses the last byte', (bytes) => bytes.subarray(0, -1)],
    ['loses the first byte', (bytes) => bytes.subarray(1)],
    ['adds a byte', (bytes) => Buffer.concat([bytes, Buffer.from([0])])],
    ['empties it', () => Buffer.alloc(0)],
    ['flips a bit in the middle', (bytes) => flipped(bytes, bytes.length >> 1)],
    ['flips a bit of a gzip header', (bytes) => flipped(bytes, 4)],
    ['flips the last bit', (bytes) => flipped(bytes, bytes.length - 1)],
  ]
  const flipped = (bytes: Buffer, at: number) => {
    const copy = Buffer.from(bytes)
    copy[at] = (copy[at] ?? 0) ^ 1
    return copy
  }
  const names = ['events.json.gz', 'snapshots.json.gz']
  const cases = damages.flatMap(([what, damage]) => names.map((name) => [what, name, damage] as const))

  test.each(cases)('%s: %s, at the writing', async (_what, name, damage) => {
    const store = newStore()
    const broken = variant(store, {
      getRange: async (key, offset, length) => {
        if (!key.endsWith(name)) return store.getRange(key, offset, length)
        const bytes = await whole(store, key)
        return (bytes && damage(bytes))?.subarray(offset, offset + length) ?? null
      },
    })
    const { events, snapshots } = everyRule
    await expect(writeRecording(broken, prefix, aRecording(events, snapshots), SMALL)).rejects.toMatchObject({
      code: 'ARCHIVE_CORRUPT',
    })
    expect(await store.head(METADATA)).toBeNull()
  })

  test.each(cases)('%s: %s, at the reading', async (_what, name, damage) => {
    const store = newStore()
    await writeRecording(store, prefix, aRecording(everyRule.events, everyRule.snapshots), SMALL)
    const key = `${prefix}/${name}`
    const given = damage((await whole(store, key))!)
    const broken = variant(store, {
      getRange: async (asked, offset, length) =>
        asked === key
          ? (given?.subarray(offset, offset + length) ?? null)
          : store.getRange(asked, offset, length),
    })
    const reader = await openRecording(broken, prefix)
    const reading = name.startsWith('events') ? allOf(reader.readEvents()) : allOf(reader.readSnapshots())
    // A byte after the last segment belongs to none of them; only the writer's own reading minds it.
    if (_what === 'adds a byte') await reading
    else await expect(reading).rejects.toMatchObject({ code: 'ARCHIVE_CORRUPT' })
  })

  test('metadata.json', async () => {
    const store = newStore()
    const broken = variant(store, {
      getRange: async (key, offset, length) => {
        const bytes = await store.getRange(key, offset, length)
        return bytes && key.endsWith('.json') ? flipped(bytes, 10) : bytes
      },
    })
    await expect(writeRecording(broken, prefix, aRecording(events(1)))).rejects.toMatchObject({
      code: 'ARCHIVE_CORRUPT',
    })
    await store.put(METADATA, Buffer.from('{"formatVersion":1'))
    await expect(openRecording(store, prefix)).rejects.toMatchObject({ code: 'ARCHIVE_CORRUPT' })
  })
})

describe('[R12] writing again', () => {
  const longer = (count: number, generation: number) => aRecording(events(count), [], generation)

  test('a death between any two puts: what is read is right or refused, and the next writing repairs it', async () => {
    for (let puts = 0; puts <= 3; puts++) {
      const store = newStore()
      await writeRecording(store, prefix, longer(7, 1), SMALL)
      let left = puts
      const dying = variant(store, {
        put: async (key, body) => {
          if (left-- <= 0) throw new Error('killed')
          await store.put(key, body)
        },
      })
      const outcome = await writeRecording(dying, prefix, longer(8, 2), SMALL).then(
        () => 'done',
        (error: Error) => error.message,
      )
      expect(outcome).toBe(puts === 3 ? 'done' : 'killed')

      const expected = recordedOf({ events: events(8) })
      const read: RecordedEvent[] = []
      const reading = (async () => {
        for await (const event of (await openRecording(store, prefix)).readEvents()) read.push(event)
      })()
      if (puts === 1 || puts === 2) await expect(reading).rejects.toMatchObject({ code: 'ARCHIVE_CORRUPT' })
      else await reading
      // All segments but the last stand where they stood.
      expect(read).toEqual(expected.slice(0, [7, 6, 6, 8][puts]))

      await writeRecording(store, prefix, longer(8, 2), SMALL)
      expect(await allOf((await openRecording(store, prefix)).readEvents())).toEqual(expected)
    }
  })

  test('a reader that opened the older archive goes on in the newer one', async () => {
    const store = newStore()
    await writeRecording(store, prefix, longer(7, 1), SMALL)
    const reader = await openRecording(store, prefix)
    const reading = reader.readEvents()
    const first = (await reading.next()).value
    await writeRecording(store, prefix, longer(11, 2), SMALL)
    expect([first, ...(await allOf(reading))]).toEqual(recordedOf({ events: events(11) }))
    expect(reader.metadata.generation).toBe(2)
  })

  test('several writers of the same generation at once leave a whole archive', async () => {
    const store = newStore()
    await Promise.all([1, 2, 3].map(() => writeRecording(store, prefix, longer(50, 1), SMALL)))
    expect((await allOf((await openRecording(store, prefix)).readEvents())).length).toBe(50)
  })

  test('an older generation never takes the place of a newer one', async () => {
    const store = newStore()
    await writeRecording(store, prefix, longer(8, 2), SMALL)
    const before = await listed(store, '')
    await expect(writeRecording(store, prefix, longer(7, 1), SMALL)).rejects.toMatchObject({
      code: 'ARCHIVE_SUPERSEDED',
    })
    expect(await listed(store, '')).toEqual(before)
    await writeRecording(store, prefix, longer(8, 2), SMALL)
  })

  test('one that was overtaken while it read back says so, and not that its bytes are wrong', async () => {
    const store = newStore()
    const overtaken = variant(store, {
      getRange: async (...range) => {
        if ((await store.head(METADATA)) === null) await writeRecording(store, prefix, longer(8, 2), SMALL)
        return store.getRange(...range)
      },
    })
    await expect(writeRecording(overtaken, prefix, longer(7, 1), SMALL)).rejects.toMatchObject({
      code: 'ARCHIVE_SUPERSEDED',
    })
    expect((await allOf((await openRecording(store, prefix)).readEvents())).length).toBe(8)
  })

  test('[I6] rows that are fewer, as after a restore, never take the place of a fuller archive', async () => {
    const store = newStore()
    await writeRecording(store, prefix, longer(8, 1), SMALL)
    const before = await listed(store, '')
    for (const generation of [1, 2])
      await expect(writeRecording(store, prefix, longer(7, generation), SMALL)).rejects.toMatchObject({
        code: 'ARCHIVE_AHEAD',
      })
    expect(await listed(store, '')).toEqual(before)
    await writeRecording(store, prefix, longer(9, 2), SMALL)
  })

  test('[I6] nor do rows that went another way since, however many they are', async () => {
    const store = newStore()
    await writeRecording(store, prefix, longer(8, 1), SMALL)
    const before = await listed(store, '')
    // The eighth is gone, and what came after the restore stands in its place.
    const others = events(12).map((row) => (row.seq < 8 ? row : { ...row, sourceSeq: row.sourceSeq + 1 }))
    await expect(writeRecording(store, prefix, aRecording(others, [], 2), SMALL)).rejects.toMatchObject({
      code: 'ARCHIVE_AHEAD',
    })
    expect(await listed(store, '')).toEqual(before)
  })

  test('an archive in a later format is neither read nor written over', async () => {
    const store = newStore()
    await store.put(METADATA, Buffer.from('{"formatVersion":2}'))
    const unsupported = { code: 'ARCHIVE_UNSUPPORTED' }
    await expect(openRecording(store, prefix)).rejects.toMatchObject(unsupported)
    await expect(writeRecording(store, prefix, longer(3, 9), SMALL)).rejects.toMatchObject(unsupported)
    expect((await listed(store, '')).length).toBe(1)
  })

  test('a damaged metadata.json is replaced', async () => {
    const store = newStore()
    await store.put(METADATA, Buffer.from('not JSON'))
    await writeRecording(store, prefix, longer(3, 1), SMALL)
    expect((await allOf((await openRecording(store, prefix)).readEvents())).length).toBe(3)
  })

  test('rows that go away leave the older archive, and their own error', async () => {
    const store = newStore()
    await writeRecording(store, prefix, longer(7, 1), SMALL)
    async function* goingAway() {
      yield events(5)
      throw new Error('the database went away')
    }
    const recording = { ...longer(7, 2), events: goingAway() }
    await expect(writeRecording(store, prefix, recording, SMALL)).rejects.toThrow(/^the database went away$/)
    expect((await allOf((await openRecording(store, prefix)).readEvents())).length).toBe(7)
  })
})

test('a recording that is not there is not found, before and after its removal', async () => {
  const store = newStore()
  await expect(openRecording(store, prefix)).rejects.toMatchObject({ code: 'ARCHIVE_NOT_FOUND' })
  await writeRecording(store, prefix, aRecording(events(7)), SMALL)
  const reader = await openRecording(store, prefix)
  await store.removePrefix(`${prefix}/`)
  await expect(allOf(reader.readEvents())).rejects.toMatchObject({ code: 'ARCHIVE_NOT_FOUND' })
  expect(await listed(store, '')).toEqual([])
})
