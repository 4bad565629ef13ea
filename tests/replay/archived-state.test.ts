import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDirectoryStore } from '../../db/archive/directory-store.js'
import { openRecording } from '../../db/archive/read-recording.js'
import type { ArchiveStore } from '../../db/archive/store.js'
import { writeRecording } from '../../db/archive/write-recording.js'
import { aRecording } from '../../db/test-support/recordings.js'
import type { RecordedEvent } from '../../protocol/events.js'
import { createReplayEngine, type KeyframeLimits } from '../../replay/index.js'
import { anyRecording, record } from '../../replay/test-support/recordings.js'
import type { ArchivedRecording } from '../../server/analysis/archived-overview.js'
import { archivedStateAt } from '../../server/analysis/archived-state.js'
import { stateView } from '../../server/http/state-view.js'
import { playerObjects } from '../../workers/archive/player-objects.js'

const SEGMENTS = { maxEvents: 20, maxRawBytes: 1_000_000 }
const KEYFRAMES = {
  maxEvents: 15,
  maxChars: 100_000,
  anewAfterChars: 2000,
  screenAfterChars: 20,
  screenAfterTimes: 1,
  maxTotalChars: 10_000_000,
}
const BOUNDS = { listChars: 1_000_000, filesChars: 1_000_000 }

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archived-state-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

let archives = 0
async function archived(
  events: readonly RecordedEvent[],
  limits: KeyframeLimits = KEYFRAMES,
): Promise<ArchivedRecording & { fetched: string[] }> {
  const store = openDirectoryStore(folder)
  const prefix = `sessions/${++archives}`
  const rows = events.map(({ timestamp, data, ...row }) => ({
    ...row,
    timestampMs: timestamp,
    dataJson: JSON.stringify(data),
    receivedAtMs: timestamp,
  }))
  const derived = playerObjects((error) => {
    throw error
  }, limits)
  await writeRecording(store, prefix, { ...aRecording(rows), derived }, SEGMENTS)
  const fetched: string[] = []
  const counting: ArchiveStore = {
    ...store,
    getRange: (key, offset, length) => {
      fetched.push(key)
      return store.getRange(key, offset, length)
    },
  }
  const reader = await openRecording(counting, prefix)
  return { reader, archived: JSON.parse((await reader.readOverview()) ?? ''), fetched }
}

const asJson = (value: unknown) => JSON.parse(JSON.stringify(value))

test('[R1][R2] what GET /state answers from keyframes is what playing from zero gives', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyRecording({ minLength: 30, maxLength: 300 }),
      fc.array(fc.integer({ min: -5, max: 400 }), { minLength: 1, maxLength: 6 }),
      async (events, momentsMs) => {
        const recording = await archived(events)
        const engine = createReplayEngine()
        engine.insert(events)
        for (const atMs of momentsMs) {
          const state = await archivedStateAt(recording, atMs, BOUNDS)
          expect(state && asJson(stateView(state))).toEqual(asJson(stateView(engine.stateAt(atMs))))
        }
      },
    ),
    { numRuns: 30, interruptAfterTimeLimit: 40_000 },
  )
}, 100_000)

const typing = (count: number) =>
  record(
    Array.from({ length: count }, (_, i) => ({
      type: 'code_edit',
      fileId: 'a',
      data: { changes: [[i, 0, 'x']] },
    })),
  )

test('of a long recording only the last events are read', async () => {
  const recording = await archived(typing(2000))
  const state = await archivedStateAt(recording, 1_990_000, BOUNDS)
  expect(state?.activeFile?.text.length).toBe(1991)
  expect(recording.fetched.filter((key) => key.endsWith('/events.json.gz')).length).toBeLessThanOrEqual(2)
})

test('where lists or files come near their bounds, or keyframes end, nothing is left out unsaid', async () => {
  const recording = await archived(typing(300))
  expect(await archivedStateAt(recording, 290_000, { ...BOUNDS, filesChars: 500 })).toBeNull()
  const printing = record(
    Array.from({ length: 100 }, (_, i) => ({
      type: 'terminal_stream',
      data: { channel: 'o', data: `${i}\r\n` },
    })),
  )
  expect(await archivedStateAt(await archived(printing), 90_000, { ...BOUNDS, listChars: 5000 })).toBeNull()
  const short = await archived(typing(300), { ...KEYFRAMES, maxTotalChars: 500 })
  expect((await archivedStateAt(short, 290_000, BOUNDS))?.activeFile?.text.length).toBe(291)
})
