import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDirectoryStore } from '../../db/archive/directory-store.js'
import { openRecording } from '../../db/archive/read-recording.js'
import { writeRecording } from '../../db/archive/write-recording.js'
import { anEvent, aRecording, aSnapshot, SESSION_ID, START_MS } from '../../db/test-support/recordings.js'
import { recordingPrefix } from '../../protocol/archive-format.js'
import type { RecordedEvent } from '../../protocol/events.js'
import { createReplayEngine, type KeyframeLimits, overviewOf, type ReplayState } from '../../replay/index.js'
import { screenOf } from '../../replay/test-support/screen.js'
import { byTime } from '../../replay/timeline.js'
import { playerObjects } from './player-objects.js'

// An archive with the two objects for players, kept for good like db/test-support/archive-v1.golden.d, which has none:
//   WRITE_GOLDEN=1 npx vitest run workers/archive/player-objects
const GOLDEN = join(import.meta.dirname, '../../db/test-support/archive-v1-players.golden.d')
const LIMITS = { maxEvents: 9, maxRawBytes: 100_000 }
const KEYFRAMES = {
  maxEvents: 7,
  maxChars: 100_000,
  anewAfterChars: 100_000,
  screenAfterChars: 60,
  screenAfterTimes: 4,
  maxTotalChars: 1_000_000,
}
const prefix = recordingPrefix(SESSION_ID)

/** Of two sources at the same time, the second recorded after the first; with one of everything that keyframes tell. */
const EVENTS = [
  {
    type: 'session_start',
    data: { questionTitle: 'Sum', files: [{ filePath: 'a.py', content: 'one\ntwo\n' }] },
  },
  { type: 'code_edit', fileId: 'a.py', data: { changes: [[4, 0, 'and ']] } },
  { type: 'terminal_stream', data: { channel: 'r', data: '40x10' } },
  ...Array.from({ length: 12 }, (_, i) => ({
    type: 'terminal_stream',
    data: { channel: 'o', data: `\u001b[3${i % 8}mline ${i} 漢字\r\n` },
  })),
  { type: 'terminal_input', data: { command: 'ls' } },
  { type: 'terminal_output', data: { output: 'a.py\n' } },
  { type: 'code_snapshot', fileId: 'a.py', data: { fileName: 'a.py', content: { $snapshot: 18 } } },
  { type: 'file_renamed', data: { filePath: 'a.py', toPath: 'b.py' } },
  { type: 'terminal_output', data: { output: 'more\n', exitCode: 0 } },
  { type: 'test_run_start', data: { testCount: 2 } },
  { type: 'test_result', data: { testName: 'first \ud83d', passed: true } },
  {
    type: 'ai_interaction',
    data: { role: 'user', content: 'begun, ', part: { id: 'p', index: 0, count: 2 } },
  },
  { type: 'ai_interaction', data: { role: 'user', content: 'done', part: { id: 'p', index: 1, count: 2 } } },
  { type: 'test_result', data: { testName: 'second', passed: false } },
  {
    type: 'code_edit',
    fileId: 'b.py',
    data: {
      changes: [
        [0, 0, '#'],
        [7, 1, ''],
      ],
    },
  },
  { type: 'paste', data: { lengthChars: 90 } },
  { type: 'proctor_note', data: { text: 'look' } },
  { type: 'custom:lint', data: { x: 1 } },
  { type: 'code_edit', fileId: 'b.py', source: 2, data: { changes: [[0, 0, 'other']] } },
  { type: 'gap', source: 2, data: { source: 2, fromSeq: 5, toSeq: 6 } },
  { type: 'keystroke', source: 2, data: {} },
].map(
  (
    {
      type,
      data,
      fileId = null,
      source = 1,
    }: { type: string; data: object; fileId?: string | null; source?: number },
    i,
  ) =>
    anEvent(i + 1, {
      type,
      fileId,
      source,
      sourceSeq: source === 1 ? i + 1 : i - 28,
      timestampMs: START_MS + (source === 1 ? i * 100 : i * 50),
      checkpoint: type === 'session_start' || type === 'code_snapshot',
      dataJson: JSON.stringify(data),
    }),
)
const SNAPSHOTS = [aSnapshot(18, 'one\nand two\nthree\n', { fileId: 'a.py', fileName: 'a.py' })]

const write = (into: string, keyframes: KeyframeLimits = KEYFRAMES) => {
  const derived = playerObjects((error) => {
    throw error
  }, keyframes)
  return writeRecording(
    openDirectoryStore(into),
    prefix,
    { ...aRecording(EVENTS, SNAPSHOTS), derived },
    LIMITS,
  )
}

/** Every keyframe but the first few is long behind the last that told all anew. */
const IN_CHAPTERS: KeyframeLimits = { ...KEYFRAMES, anewAfterChars: 1 }

let folder: string
let inChapters: string
let events: RecordedEvent[]
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'archive-players-'))
  inChapters = await mkdtemp(join(tmpdir(), 'archive-chapters-'))
  await write(folder)
  await write(inChapters, IN_CHAPTERS)
  if (process.env.WRITE_GOLDEN) await write(GOLDEN)
  events = []
  for await (const event of (await openRecording(openDirectoryStore(GOLDEN), prefix)).readEvents())
    events.push(event)
})
afterAll(async () => {
  for (const made of [folder, inChapters]) await rm(made, { recursive: true, force: true })
})

const bytesOf = (root: string, name: string) => readFileSync(join(root, prefix, name))
const rowsOf = (root: string, name: string) => JSON.parse(gunzipSync(bytesOf(root, name)).toString('utf8'))

test('keyframes and overview hold the same as ever, once unpacked', () => {
  expect(rowsOf(folder, 'keyframes.json.gz')).toEqual(rowsOf(GOLDEN, 'keyframes.json.gz'))
  const [{ objects: _, ...now }] = rowsOf(folder, 'overview.json.gz')
  const [{ objects: __, ...then }] = rowsOf(GOLDEN, 'overview.json.gz')
  expect(now).toEqual(then)
})

test('the overview is that of the events, and says where all else is', () => {
  const [row] = rowsOf(GOLDEN, 'overview.json.gz')
  expect(row.overview).toEqual(overviewOf([...events].sort(byTime)))
  const { objects } = JSON.parse(bytesOf(GOLDEN, 'metadata.json').toString('utf8'))
  const { 'overview.json.gz': __, ...others } = objects
  expect(row.objects).toEqual(others)
  expect(row.keyframes).toEqual(
    rowsOf(GOLDEN, 'keyframes.json.gz').map((line: { atMs: number; atSeq: number }) => [
      line.atMs,
      line.atSeq,
    ]),
  )
})

test('what tells all anew is named in the overview, and begins a segment of its own', () => {
  const [{ anew, objects }] = rowsOf(inChapters, 'overview.json.gz')
  const lines: { n: number; fold: { textsBefore?: number } }[] = rowsOf(inChapters, 'keyframes.json.gz')
  expect(anew.length).toBeGreaterThan(1)
  expect(anew).toEqual(lines.filter(({ fold }) => fold.textsBefore !== undefined).map(({ n }) => n))
  const starts = objects['keyframes.json.gz'].segments.map(
    (segment: { firstSeq: number }) => segment.firstSeq,
  )
  expect(starts).toEqual(expect.arrayContaining(anew))
})

// Made of nothing but docs/archive.md, gunzip and JSON.parse, so that the page stays true.
test.each([
  ['of differences', () => GOLDEN],
  ['that are told anew now and then', () => inChapters],
])(
  'a reader written from docs/archive.md has, at each keyframe, what playing from zero gives: %s',
  async (_, rootOf) => {
    const texts = ['']
    const files = new Map<string, Record<string, unknown>>()
    const lists: Record<string, Record<string, unknown>[]> = {}
    const scalars: Record<string, unknown> = {}
    let base: { columns: number; rows: number; text: number } | null = null
    let bases = 0
    for (const { atMs, atSeq, fold } of rowsOf(rootOf(), 'keyframes.json.gz')) {
      for (const told of fold.texts ?? [])
        texts.push(typeof told === 'string' ? told : hunksApplied(texts[told.from] ?? '', told.hunks))
      for (const key of fold.files?.deleted ?? []) files.delete(key)
      for (const [key, fields] of fold.files?.set ?? []) files.set(key, { ...files.get(key), ...fields })
      for (const [name, delta] of Object.entries(fold.lists ?? {}))
        lists[name] = listApplied(lists[name] ?? [], delta as Delta)
      if (fold.base !== undefined) {
        base = fold.base
        bases++
      }
      for (const name of ['seq', 'eventCount', 'columns', 'rows'])
        if (name in fold) scalars[name] = fold[name]

      const engine = createReplayEngine()
      engine.insert(
        events.filter((event) => event.timestamp < atMs || (event.timestamp === atMs && event.seq <= atSeq)),
      )
      const state: ReplayState = engine.stateAt()
      expect(scalars).toEqual({
        seq: state.seq,
        eventCount: state.eventCount,
        columns: state.terminal.columns,
        rows: state.terminal.rows,
      })
      const told = [...files.values()]
        .filter((file) => file.deleted !== true)
        .map((file) => [file.source, file.path, texts[file.text as number]])
      expect(told).toEqual(
        state.files.filter((file) => !file.deleted).map((file) => [file.source, file.path, file.text]),
      )
      for (const [name, list] of [
        ['commands', state.terminal.commands],
        ['chat', state.chat],
        ['testRuns', state.testRuns],
        ['notes', state.notes],
        ['signals', state.signals],
        ['losses', state.losses],
        ['others', state.others],
      ] as const)
        expect([name, lists[name] ?? []]).toEqual([name, list])
      const shown = [
        ...(base === null
          ? []
          : [{ columns: base.columns, rows: base.rows }, { write: texts[base.text] ?? '' }]),
        ...(lists.output ?? []).map(stepOf),
      ]
      expect(await screenOf(shown)).toEqual(
        await screenOf(state.terminal.output.toArray().map((chunk) => stepOf({ ...chunk }))),
      )
    }
    expect(bases).toBeGreaterThan(0)
  },
)

function stepOf({ channel, data }: Record<string, unknown>) {
  const [columns = 0, rows = 0] = String(data).split('x').map(Number)
  return channel === 'r' ? { columns, rows } : { write: String(data) }
}

function hunksApplied(before: string, hunks: (number | string)[]): string {
  let text = ''
  let at = 0
  for (let i = 0; i < hunks.length; i += 3) {
    const [kept, deleted, inserted] = hunks.slice(i, i + 3) as [number, number, string]
    text += before.slice(at, at + kept) + inserted
    at += kept + deleted
  }
  return text + before.slice(at)
}

interface Delta {
  kept: number
  changed?: { set?: object; grown?: Record<string, string>; results?: Delta }[]
  added?: Record<string, unknown>[]
}

function listApplied(
  before: Record<string, unknown>[],
  { kept, changed = [], added = [] }: Delta,
): Record<string, unknown>[] {
  const stay = Math.max(0, kept)
  const items = before.slice(0, stay)
  for (const [i, { set, grown = {}, results }] of changed.entries()) {
    const item: Record<string, unknown> = { ...before[stay + i], ...set }
    for (const [key, text] of Object.entries(grown)) item[key] = `${before[stay + i]?.[key]}${text}`
    if (results) item.results = listApplied(item.results as Record<string, unknown>[], results)
    items.push(item)
  }
  return [...items, ...added]
}
