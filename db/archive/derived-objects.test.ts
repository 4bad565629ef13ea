import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { KEYFRAMES_OBJECT, OVERVIEW_OBJECT, recordingPrefix } from '../../protocol/archive-format.js'
import { anEvent, aRecording, SESSION_ID } from '../test-support/recordings.js'
import type { DerivedObjects } from './derived-objects.js'
import { openDirectoryStore } from './directory-store.js'
import { ArchiveError } from './errors.js'
import { openRecording } from './read-recording.js'
import type { DerivedRow } from './row-codecs.js'
import type { ArchiveStore } from './store.js'
import { writeRecording } from './write-recording.js'

const prefix = recordingPrefix(SESSION_ID)
const LIMITS = { maxEvents: 2, maxRawBytes: 100_000 }

let folder: string
let store: ArchiveStore
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archive-derived-'))
  store = openDirectoryStore(folder)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const rowOf = (n: number, said: string): DerivedRow => ({
  seq: n,
  timestampMs: n * 10,
  json: JSON.stringify({ n, atMs: n * 10, said }),
})

/** Says of each event what is in it. */
function sayings(changes: Partial<DerivedObjects> = {}): DerivedObjects & { failures: unknown[] } {
  const failures: unknown[] = []
  return {
    failures,
    async *keyframes(events) {
      for (const n of events.segments.keys())
        for (const { seq, data } of await events.readSegment(n)) yield [rowOf(seq, JSON.stringify(data))]
    },
    overview: (generation, objects) => rowOf(1, `${generation} ${Object.keys(objects).join(' ')}`),
    onFailed: (error) => failures.push(error),
    ...changes,
  }
}

const events = (word: string) => [1, 2, 3].map((seq) => anEvent(seq, { dataJson: `{"word":"${word}"}` }))
const write = (word: string, derived: DerivedObjects | undefined, generation = 1, into = store) =>
  writeRecording(
    into,
    prefix,
    { ...aRecording(events(word), [], generation), ...(derived && { derived }) },
    LIMITS,
  )
const textOf = (name: string) => gunzipSync(readFileSync(join(folder, prefix, name))).toString()

test('both objects are written of the events that are in the archive, and read back', async () => {
  const { metadata, storageSizeBytes } = await write('apple', sayings())
  expect(metadata.objects[KEYFRAMES_OBJECT]).toMatchObject({ count: 3 })
  expect(metadata.objects[KEYFRAMES_OBJECT]?.segments.map((s) => [s.firstSeq, s.lastSeq, s.lastMs])).toEqual([
    [1, 2, 20],
    [3, 3, 30],
  ])
  const sizes = ['events.json.gz', 'snapshots.json.gz', KEYFRAMES_OBJECT, OVERVIEW_OBJECT, 'metadata.json']
  expect(storageSizeBytes).toBe(
    sizes.reduce((sum, name) => sum + readFileSync(join(folder, prefix, name)).length, 0),
  )
  const reader = await openRecording(store, prefix)
  expect([
    await reader.readKeyframes(1),
    await reader.readKeyframes(3),
    await reader.readKeyframes(4),
  ]).toEqual([
    [rowOf(1, '{"word":"apple"}').json, rowOf(2, '{"word":"apple"}').json],
    [rowOf(3, '{"word":"apple"}').json],
    null,
  ])
  expect(await reader.readOverview()).toBe(
    rowOf(1, `1 events.json.gz snapshots.json.gz ${KEYFRAMES_OBJECT}`).json,
  )
})

test('[R15] what was taken out of the events is not in what a new generation derives, nor where that fails', async () => {
  await write('secret', sayings())
  expect(textOf(KEYFRAMES_OBJECT)).toContain('secret')
  await write('******', sayings(), 2)
  expect(textOf(KEYFRAMES_OBJECT)).not.toContain('secret')

  await write('secret', sayings(), 3)
  const failing = sayings({
    async *keyframes() {
      yield [rowOf(1, 'begun')]
      throw new Error('cannot be made')
    },
  })
  const { metadata } = await write('******', failing, 4)
  expect(failing.failures).toEqual([expect.objectContaining({ message: 'cannot be made' })])
  expect([textOf(KEYFRAMES_OBJECT), textOf(OVERVIEW_OBJECT)]).toEqual(['[\n]', '[\n]'])
  expect(metadata.objects[KEYFRAMES_OBJECT]).toMatchObject({ count: 0, segments: [] })
  const reader = await openRecording(store, prefix)
  expect([await reader.readKeyframes(1), await reader.readOverview()]).toEqual([null, null])
})

test('[I6] a store that is away, or gives other bytes back, fails the archive: metadata.json stays as it was', async () => {
  await write('apple', sayings())
  const away: ArchiveStore = {
    ...store,
    put: async (key, body) => {
      if (key.endsWith(KEYFRAMES_OBJECT)) throw new ArchiveError('ARCHIVE_UNAVAILABLE', 'away')
      return store.put(key, body)
    },
  }
  const derived = sayings()
  await expect(write('pear', derived, 2, away)).rejects.toMatchObject({ code: 'ARCHIVE_UNAVAILABLE' })
  const damaging: ArchiveStore = {
    ...store,
    getRange: async (key, ...range) =>
      store.getRange(key.endsWith(KEYFRAMES_OBJECT) ? `${prefix}/events.json.gz` : key, ...range),
  }
  await expect(write('pear', derived, 2, damaging)).rejects.toMatchObject({ code: 'ARCHIVE_CORRUPT' })
  expect(derived.failures).toEqual([])
  expect((await openRecording(store, prefix)).metadata.generation).toBe(1)
})

test('an archive without them is read as before', async () => {
  await write('apple', undefined)
  const reader = await openRecording(store, prefix)
  expect([
    await reader.readKeyframes(1),
    await reader.readOverview(),
    await reader.keyframeBytes(0, 5),
  ]).toEqual([null, null, null])
})
