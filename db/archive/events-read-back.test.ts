import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordingPrefix } from '../../protocol/archive-format.js'
import type { RecordedEvent } from '../../protocol/events.js'
import { allOf, aRecording, everyRule, recordedOf, SESSION_ID } from '../test-support/recordings.js'
import type { DerivedObjects } from './derived-objects.js'
import { openDirectoryStore } from './directory-store.js'
import type { EventSegments } from './events-read-back.js'
import { openRecording } from './read-recording.js'
import type { ArchiveStore } from './store.js'
import { writeRecording } from './write-recording.js'

const prefix = recordingPrefix(SESSION_ID)
const LIMITS = { maxEvents: 2, maxRawBytes: 100_000 }
const EVENTS = recordedOf(everyRule)
const SEGMENTS = Math.ceil(EVENTS.length / LIMITS.maxEvents)

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archive-read-back-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Writes an archive whose keyframes are made by `read`, and says what was fetched and analysed meanwhile. */
async function written(
  read: (events: EventSegments) => Promise<void>,
  onAnalysed: (seen: number) => void = () => {},
) {
  const directory = openDirectoryStore(folder)
  const fetched: string[] = []
  const store: ArchiveStore = {
    ...directory,
    get: (key) => {
      fetched.push(key)
      return directory.get(key)
    },
    getRange: (key, ...range) => {
      fetched.push(key)
      return directory.getRange(key, ...range)
    },
  }
  const analysed: RecordedEvent[] = []
  const failures: unknown[] = []
  const derived: DerivedObjects = {
    // biome-ignore lint/correctness/useYield: it has no keyframes to give
    async *keyframes(events) {
      await read(events)
    },
    overview: () => ({ seq: 1, timestampMs: 1, json: '{"n":1,"atMs":1}' }),
    onFailed: (error) => failures.push(error),
  }
  const analysis = {
    add: async (events: readonly RecordedEvent[]) => onAnalysed(analysed.push(...events)),
    stats: async () => ({ analysed: analysed.length }),
  }
  const recording = { ...aRecording(everyRule.events, everyRule.snapshots), derived, analysis }
  const { metadata } = await writeRecording(store, prefix, recording, LIMITS)
  const ofEvents = fetched.filter((key) => key.endsWith('/events.json.gz'))
  return { analysed, failures, metadata, eventFetches: ofEvents.length }
}

test('in whatever order segments are read, each is what the archive holds, and the analysis has all, once and in order', async () => {
  const places = fc.array(fc.nat({ max: SEGMENTS - 1 }), { maxLength: 3 * SEGMENTS })
  await fc.assert(
    fc.asyncProperty(places, async (order) => {
      const found = new Map<number, RecordedEvent[]>()
      const { analysed, failures, metadata } = await written(async (events) => {
        for (const n of order) {
          const read = await events.readSegment(n)
          expect(found.get(n) ?? read).toEqual(read)
          found.set(n, read)
        }
      })
      expect(failures).toEqual([])
      expect(analysed).toEqual(EVENTS)
      const reader = await openRecording(openDirectoryStore(folder), prefix)
      for (const [n, read] of found) expect(read).toEqual(await reader.readSegment(n))
      expect(metadata.stats).toMatchObject({ analysed: EVENTS.length })
      expect(metadata.checkpointCount).toBe(EVENTS.filter(({ checkpoint }) => checkpoint).length)
    }),
    { numRuns: 60 },
  )
})

test('segments are fetched once where they are read in order, but for the few that come before their turn', async () => {
  const readAll = (order: number[]) => async (events: EventSegments) => {
    for (const n of order) await events.readSegment(n)
  }
  const inOrder = Array.from({ length: SEGMENTS }, (_, n) => n)
  const { eventFetches: before } = await written(async () => {})
  expect((await written(readAll(inOrder))).eventFetches).toBe(before)
  const [first = 0, second = 0, ...rest] = inOrder
  expect((await written(readAll([second, first, ...rest]))).eventFetches).toBe(before + 1)
})

test('[I7] keyframes that fail in the middle leave the rest verified and analysed', async () => {
  const { analysed, failures } = await written(async (events) => {
    await events.readSegment(0)
    throw new Error('cannot be made')
  })
  expect(failures).toEqual([expect.objectContaining({ message: 'cannot be made' })])
  expect(analysed).toEqual(EVENTS)
})

test('[I6] a segment that can not be given to all who want it is not passed over with the keyframes', async () => {
  const inTheMiddle = (seen: number) => {
    if (seen === 2 * LIMITS.maxEvents) throw new Error('not seen')
  }
  const readTwo = async (events: EventSegments) => {
    for (const n of [0, 1]) await events.readSegment(n)
  }
  await expect(written(readTwo, inTheMiddle)).rejects.toThrow('not seen')
})

test('[I6] what can be decoded but is not what was written fails the archive, though keyframes were made of it', async () => {
  const recording = aRecording(everyRule.events, everyRule.snapshots)
  const directory = openDirectoryStore(folder)
  const { metadata } = await writeRecording(directory, prefix, recording, LIMITS)
  const other = openDirectoryStore(join(folder, 'other'))
  const changed = everyRule.events.map((row) => (row.seq === 5 ? { ...row, receivedAtMs: 1 } : row))
  await writeRecording(other, prefix, aRecording(changed, everyRule.snapshots), LIMITS)
  let isPut = false
  const damaging: ArchiveStore = {
    ...directory,
    put: async (key, body) => {
      await directory.put(key, body)
      isPut ||= key.endsWith('/events.json.gz')
    },
    getRange: (key, ...range) =>
      (isPut && key.endsWith('/events.json.gz') ? other : directory).getRange(key, ...range),
  }
  const next = { ...recording, generation: metadata.generation + 1 }
  await expect(writeRecording(damaging, prefix, next, LIMITS)).rejects.toMatchObject({
    code: 'ARCHIVE_CORRUPT',
  })
  expect((await openRecording(directory, prefix)).metadata).toEqual(metadata)
  expect(await allOf((await openRecording(directory, prefix)).readEvents())).toEqual(EVENTS)
})
