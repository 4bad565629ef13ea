import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import xterm from '@xterm/headless'
import { describe, expect, test } from 'vitest'
import { createRecorder } from '../../client-sdk/src/recorder.js'
import { createWatcher } from '../../client-sdk/src/watcher.js'
import type { Watcher } from '../../client-sdk/src/watcher-types.js'
import { openArchive } from '../../db/archive/open-archive.js'
import { openRecording } from '../../db/archive/read-recording.js'
import type { ArchiveStore } from '../../db/archive/store.js'
import { startS3Server } from '../../db/test-support/s3-server.js'
import type { ArchiveMetadata } from '../../protocol/archive-format.js'
import type { RecordedEvent } from '../../protocol/events.js'
import { createReplayEngine } from '../../replay/index.js'
import type { Interview } from '../../scripts/simulate/interview.js'
import { weaveInterview } from '../../scripts/simulate/weave/weave-interview.js'
import { checkRecording, NOTHING_FOUND, sameRecording } from '../support/checker.js'
import { partOfInterview } from '../support/part-of-interview.js'
import type { ProductProcess } from '../support/process.js'
import { startProxy } from '../support/tcp-proxy.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

const RECORDINGS =
  process.env.RECORDINGS_DIR ?? fileURLToPath(new URL('../../../shared/data', import.meta.url))
const SEED_QUERIES =
  process.env.SEED_QUERIES ?? fileURLToPath(new URL('../../../shared/seed-queries.sql', import.meta.url))
const HAVE_RECORDINGS = existsSync(RECORDINGS)
/** All of the interview, not only its first part: some two minutes. */
const WHOLE = process.env.TEST_WHOLE === '1'

/** A watcher's list as its user would keep it. */
interface Watched {
  watcher: Watcher
  events: RecordedEvent[]
}

function watch(url: string, token: string, sessionId: string): Watched {
  const events: RecordedEvent[] = []
  const watcher = createWatcher({
    url,
    token,
    sessionId,
    onEvents: (fresh) => events.push(...fresh),
    onReset: (keptThroughSeq) => events.splice(keptThroughSeq),
  })
  return { watcher, events }
}

interface Played {
  sessionId: string
  sourceId: string
  sent: { type: string; data: unknown; fileId: string | null; timestamp: number }[]
  watched: Watched[]
}

/** Plays a whole interview at full speed: recorded on one server, watched by three on another. */
async function play(
  world: World,
  interview: Omit<Interview, 'expected'>,
): Promise<Played & { server: ProductProcess }> {
  const [server, second] = await Promise.all([world.startServer(), world.startServer()])
  await world.startWorker()
  const session = await world.createSession(server, { question: interview.question })
  const proctor = await world.token('proctor')
  const proxy = await startProxy(second.port)
  const watched = [watch(second.url, proctor, session.id), watch(proxy.url, proctor, session.id)]
  await Promise.all(watched.map(({ watcher }) => watcher.whenCaughtUp()))

  const recorder = createRecorder({ url: server.url, token: session.candidateToken })
  const startMs = Date.now() - interview.durationMs
  const sent: Played['sent'] = []
  const third = Math.floor(interview.events.length / 3)
  for (const [i, event] of interview.events.entries()) {
    const one = {
      type: event.type,
      data: event.data,
      fileId: event.fileId ?? null,
      timestamp: startMs + event.offsetMs,
    }
    recorder.record(one)
    sent.push(one)
    if (i === third) {
      await recorder.whenReceived()
      watched.push(watch(second.url, proctor, session.id))
    }
    if (i === 2 * third) {
      await recorder.whenReceived()
      proxy.cut()
    }
    if (i % 2000 === 0) await recorder.whenReceived()
  }
  await recorder.whenCommitted()
  const closed = await world.call<{ status: string }>(server, 'POST', `/v1/sessions/${session.id}/close`, {
    body: { status: 'COMPLETED' },
  })
  expect(closed).toMatchObject({ status: 200, body: { status: 'COMPLETED' } })
  for (const { watcher, events } of watched) {
    await waitFor('the watcher to have all', () => events.length >= sent.length)
    await watcher.whenCaughtUp()
    watcher.stop()
  }
  await recorder.close({ waitFor: 'nothing' })
  await proxy.close()
  return { sessionId: session.id, sourceId: recorder.sourceId, sent, watched, server }
}

async function archived(world: World, server: ProductProcess, id: string) {
  return waitFor(
    'the archive',
    async () => {
      const session = await world.getSession(server, id)
      return session.archive.state === 'verified' && session
    },
    120_000,
  )
}

async function bytesOf(store: ArchiveStore, key: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of (await store.get(key)) ?? []) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Reads the archive as a stranger would: plain gunzip, plain JSON.parse, byte ranges. */
async function checkArchive(
  store: ArchiveStore,
  path: string,
  kept: readonly RecordedEvent[],
): Promise<void> {
  const whole = await bytesOf(store, `${path}/events.json.gz`)
  const lines = JSON.parse(gunzipSync(whole).toString()) as { type: string; timestamp: number }[]
  expect(lines.map((line) => [line.type, line.timestamp])).toEqual(kept.map((e) => [e.type, e.timestamp]))
  const metadata: ArchiveMetadata = JSON.parse((await bytesOf(store, `${path}/metadata.json`)).toString())
  for (const segment of metadata.objects['events.json.gz'].segments) {
    const raw = gunzipSync(whole.subarray(segment.offset, segment.offset + segment.length)).toString()
    const inner = JSON.parse(`[${raw.replace(/^[[,]/, '').replace(/\]\s*$/, '')}]`)
    expect(inner).toEqual(lines.slice(segment.firstSeq - 1, segment.lastSeq))
  }
  const read: RecordedEvent[] = []
  const reader = await openRecording(store, path)
  for await (const page of reader.readEvents()) read.push(...[page].flat())
  expect(sameRecording(read, kept)).toEqual([])
}

async function checkSeedQueries(
  world: World,
  sessionId: string,
  kept: readonly RecordedEvent[],
): Promise<void> {
  const text = (await readFile(SEED_QUERIES, 'utf8')).replaceAll('[sessionId]', sessionId)
  const [session, types, changes, tests, stats] = await world.sql.unsafe(text).simple()
  const count = (type: string) => kept.filter((event) => event.type === type).length
  const n = kept.length
  expect(session?.[0]).toMatchObject({
    id: sessionId,
    status: 'COMPLETED',
    event_count: `${n}`,
    actual_events: `${n}`,
  })
  const byType = Object.fromEntries(
    (types ?? []).map((row: { type: string; count: string }) => [row.type, Number(row.count)]),
  )
  for (const type of new Set(kept.map((event) => event.type))) expect(byType[type]).toBe(count(type))
  expect(changes?.length).toBeGreaterThan(0)
  expect(tests).toHaveLength(count('test_result'))
  expect(stats?.[0]).toEqual({
    commands: `${count('terminal_input')}`,
    snapshots: `${count('code_snapshot')}`,
    test_runs: `${count('test_run_start')}`,
    checkpoints: `${kept.filter((event) => event.checkpoint).length}`,
  })
}

function screenOf(chunks: readonly { channel: string; data: string }[]): Promise<string[]> {
  const terminal = new xterm.Terminal({ cols: 80, rows: 24, allowProposedApi: true, scrollback: 5000 })
  for (const { channel, data } of chunks) {
    if (channel === 'r') {
      const [columns = 80, rows = 24] = data.split('x').map(Number)
      terminal.resize(columns, rows)
    } else if (channel === 'o') terminal.write(data)
  }
  return new Promise((resolve) =>
    terminal.write('', () => {
      const { active } = terminal.buffer
      const lines = Array.from(
        { length: active.length },
        (_, i) => active.getLine(i)?.translateToString(true) ?? '',
      )
      resolve([...lines, `cursor ${active.cursorX} ${active.cursorY}`])
    }),
  )
}

/** The recording's own file, straight into a terminal: what the screen must be. */
async function castChunks(): Promise<{ channel: string; data: string }[]> {
  const [header, ...lines] = (await readFile(`${RECORDINGS}/welcome.cast`, 'utf8')).trimEnd().split('\n')
  const { width, height } = JSON.parse(header as string) as { width: number; height: number }
  const events = lines.map((line) => JSON.parse(line) as [number, string, string])
  return [
    { channel: 'r', data: `${width}x${height}` },
    ...events.map(([, channel, data]) => ({ channel, data })),
  ]
}

describe.skipIf(!HAVE_RECORDINGS)(
  'a real interview (skipped where the recordings are missing: RECORDINGS_DIR)',
  () => {
    test.each(['directory', 's3'] as const)(
      '[I1][I3][I4][I6] streams in, is watched, kept, archived (%s) and comes out unchanged',
      async (kind) => {
        const s3 = kind === 's3' ? await startS3Server() : null
        const env = s3
          ? {
              AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
              AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
            }
          : {}
        const url =
          s3 && `s3://${s3.bucket}/test?endpoint=${encodeURIComponent(s3.endpoint)}&region=us-east-1`
        try {
          await using world = await makeWorld({ env, ...(url ? { archiveUrl: url } : {}) })
          const whole = weaveInterview(RECORDINGS)
          const interview = WHOLE && !s3 ? whole : partOfInterview(whole, s3 ? 0.1 : 0.25)
          const { sessionId, sourceId, sent, watched, server } = await play(world, interview)
          const kept = await world.readAll(server, sessionId)
          const session = await archived(world, server, sessionId)

          const numberOf = (id: string) => session.sources.find((s) => s.sourceId === id)?.source
          expect(checkRecording([{ sourceId, events: sent }], kept, numberOf)).toEqual(NOTHING_FOUND)
          expect(session.eventCount).toBe(sent.length)
          const rows = await world.sql`
          select count(*)::int as count, min(seq)::int as first, max(seq)::int as last
          from session_events where session_id = ${sessionId}`
          expect(rows[0]).toEqual({ count: sent.length, first: 1, last: sent.length })
          for (const { events } of watched) expect(sameRecording(events, kept)).toEqual([])

          Object.assign(process.env, env)
          const store = openArchive(world.archiveUrl)
          await checkArchive(store, session.storagePath as string, kept)
          await store.close()

          const engine = createReplayEngine()
          engine.insert(kept)
          const state = engine.stateAt()
          expect(state.divergences).toEqual([])
          if (interview === whole) {
            for (const [path, text] of Object.entries(whole.expected.files)) {
              expect(state.files.find((file) => file.path === path)?.text === text, path).toBe(true)
            }
            const streamed = kept.filter((e) => e.type === 'terminal_stream').map((e) => e.data as never)
            expect(await screenOf(streamed)).toEqual(await screenOf(await castChunks()))
          }
          if (existsSync(SEED_QUERIES)) await checkSeedQueries(world, sessionId, kept)
        } finally {
          await s3?.stop()
        }
      },
      300_000,
    )
  },
)
