import { beforeEach, expect, test } from 'vitest'
import { SimulatedIngest } from '../test-support/simulated-ingest.js'
import { simulatedLinks } from '../test-support/simulated-link.js'
import { seededRandom, VirtualTime, virtualEnvironment } from '../test-support/virtual-time.js'
import {
  type Heirs,
  memoryOutbox,
  type Outbox,
  type OutboxEntry,
  readAll,
  type StorageState,
} from './outbox.js'
import { createRecorder, type RecorderEnvironment } from './recorder.js'
import type { RecorderOptions } from './recorder-types.js'
import { Sender } from './sender.js'

// What the page around a recorder does: it is hidden, left, paused; its computer sleeps; its storage and its other loads.

let time: VirtualTime
let ingest: SimulatedIngest
let page: { shown(isShown: boolean): void; left(): void }
let requests: { url: string; init: RequestInit }[]
let aheadMs: number
let leaps: number

beforeEach(() => {
  time = new VirtualTime()
  ingest = new SimulatedIngest(time, seededRandom(1))
  requests = []
  aheadMs = leaps = 0
})

/** A token as the service makes them, of one session. */
const claims = (sid: string) => `x.${btoa(JSON.stringify({ sid })).replace(/=+$/, '')}.x`

const record = (options: Partial<RecorderOptions> = {}, more: Partial<RecorderEnvironment> = {}) => {
  const network = { latencyMs: () => 20, losesAck: () => false, doubles: () => false }
  const env = virtualEnvironment(time, seededRandom(2), {
    openLink: simulatedLinks(time, ingest, network),
    nowMs: () => time.nowMs + aheadMs,
    leaps: () => leaps,
    watchPage: (heard) => {
      page = heard
      return () => {}
    },
    fetch: async (url, init) => {
      requests.push({ url: String(url), init: init as RequestInit })
      return new Response('{}')
    },
    ...more,
  })
  return createRecorder({ url: 'http://x/base/', token: () => ingest.validToken, ...options }, env)
}
const note = (n: number) => ({ type: 'custom:n', data: { n } })
const dataOf = (sourceId: string) => ingest.buffered.get(sourceId)?.map(({ type, data }) => ({ type, data }))

test('a pause records nothing but that it was, since when and why; then everything is told anew', async () => {
  const recorder = record()
  const resyncs: string[] = []
  recorder.on('resync', ({ reason }) => resyncs.push(reason))
  recorder.record(note(1))
  recorder.pause('Coffee')
  recorder.pause('again')
  expect(recorder.status.isPaused).toBe(true)
  expect(recorder.record(note(2))).toBe(2)
  await time.run(3000)
  recorder.resume()
  recorder.resume()
  recorder.record(note(3))
  await time.run(1000)
  expect(dataOf(recorder.sourceId)).toEqual([
    note(1),
    { type: 'custom:recording_paused', data: { reason: 'Coffee' } },
    { type: 'custom:recording_resumed', data: { pausedMs: 3000 } },
    note(3),
  ])
  expect(resyncs).toEqual(['resumed'])
})

test('what found no room is told as soon as there is some, and then everything anew', async () => {
  const recorder = record({ maxBufferedBytes: 500 })
  const resyncs: string[] = []
  recorder.on('resync', ({ reason }) => resyncs.push(reason))
  for (let n = 0; n < 20; n++) recorder.record(note(n))
  expect(recorder.status.notKept).toBeGreaterThan(0)
  await time.run(1000)
  expect(recorder.status).toMatchObject({ state: 'lagging', error: { code: 'OUTBOX_FULL' } })
  ingest.flush()
  await time.run(10_000)
  expect(resyncs).toEqual(['not_kept'])
  expect(recorder.status.error).toBeUndefined()
})

test('a hidden page sends at once, and puts on disk what is put off', async () => {
  let flushes = 0
  const outbox: Outbox = { ...memoryOutbox(), flush: () => flushes++ }
  const recorder = record({ gatherMs: 1000, outbox })
  await time.run(500)
  recorder.record(note(1))
  await time.run(1)
  recorder.record(note(2))
  await time.run(100)
  expect(dataOf(recorder.sourceId)).toHaveLength(1)
  page.shown(false)
  expect(flushes).toBe(1)
  await time.run(100)
  expect(dataOf(recorder.sourceId)).toHaveLength(2)
  recorder.record(note(3))
  await time.run(100)
  expect(dataOf(recorder.sourceId)).toHaveLength(3)
  page.shown(true)
  recorder.record(note(4))
  await time.run(100)
  expect(dataOf(recorder.sourceId)).toHaveLength(3)
})

test('[R11] a page that is left takes along what the service has not acked, within what browsers allow', async () => {
  let flushes = 0
  const outbox: Outbox = { ...memoryOutbox(), flush: () => flushes++ }
  ingest.validToken = claims('a-session')
  const recorder = record({ outbox, transportOptions: {} })
  recorder.record(note(1))
  await time.run(1000)
  for (const { end } of ingest.connections.values()) end.freeze()
  for (let n = 2; n <= 400; n++) recorder.record({ type: 'custom:n', data: { n, x: 'x'.repeat(500) } })
  page.left()
  expect(flushes).toBe(1)
  const [request] = requests
  expect(requests).toHaveLength(1)
  expect(request).toMatchObject({
    url: 'http://x/base/v1/sessions/s/events',
    init: { method: 'POST', keepalive: true, headers: { authorization: `Bearer ${ingest.validToken}` } },
  })
  const body = String(request?.init.body)
  expect(body.length).toBeLessThanOrEqual(60 * 1024)
  const { source, firstSeq, events } = JSON.parse(body)
  expect({ source, firstSeq }).toEqual({ source: recorder.sourceId, firstSeq: 2 })
  expect(events.length).toBeGreaterThan(90)
  expect(events[0]).toMatchObject({ type: 'custom:n', data: { n: 2 }, timestamp: expect.any(Number) })
})

test('a page that is left with everything acked, or before it was ever welcomed, asks for nothing', async () => {
  ingest.isDown = true
  const never = record()
  never.record(note(1))
  page.left()
  ingest.isDown = false
  const recorder = record()
  recorder.record(note(1))
  await time.run(1000)
  expect(recorder.status.receivedSeq).toBe(1)
  page.left()
  expect(requests).toEqual([])
})

test('[R2] after a sleep, and after the clock was set, times agree with the service’s again', async () => {
  const recorder = record()
  const sent: number[] = []
  const tick = async (count: number) => {
    for (let i = 0; i < count; i++) {
      sent.push(Math.round(time.nowMs + ingest.clockOffsetMs))
      recorder.record(note(i))
      await time.run(100)
    }
  }
  await tick(20)
  // The computer sleeps; the connection is gone, though nobody has said so.
  for (const { end } of ingest.connections.values()) end.freeze()
  time.nowMs += 3_600_000
  leaps++
  await tick(20)
  aheadMs += 7_200_000
  leaps++
  await tick(20)
  await time.run(2000)
  const offMs = ingest.buffered
    .get(recorder.sourceId)
    ?.map((event, i) => event.timestamp - (sent[i] as number))
  expect(offMs).toHaveLength(60)
  expect(Math.max(...(offMs ?? []).map(Math.abs))).toBeLessThanOrEqual(50)
})

test('[R11] what is recorded after the clock leapt ahead does not wait for a timer from before', async () => {
  const outbox = memoryOutbox()
  const recorder = record({ outbox })
  recorder.record(note(1))
  await time.run(1000)
  ingest.flush()
  // All is committed: the next thing it would do by itself is to ask for the time, in half a minute.
  await time.run(8000)
  expect(recorder.status).toMatchObject({ committedSeq: 1 })
  aheadMs += 7_200_000
  leaps++
  recorder.record(note(2))
  await time.run(500)
  expect(await readAll(outbox)).toHaveLength(1)
  await time.run(500)
  expect(recorder.status).toMatchObject({ receivedSeq: 2 })
})

test('lagging and a storage that fails are told once each', async () => {
  let told: (state: StorageState) => void = () => {}
  const recorder = record({
    outbox: (_sourceId, tell) => {
      told = tell
      return memoryOutbox()
    },
  })
  const heard: string[] = []
  recorder.on('lagging', ({ state }) => heard.push(state))
  recorder.on('storage-failed', ({ storage, error }) => heard.push(`${storage} ${error?.code}`))
  expect(recorder.status.storage).toBe('opening')
  told('disk')
  await time.run(1000)
  expect(recorder.status).toMatchObject({ storage: 'disk', state: 'recording' })
  expect(recorder.status.error).toBeUndefined()
  told('failed')
  told('failed')
  told('disk')
  ingest.faults = { tryLater: 1, slowDown: 0, tooLarge: 0, tokenExpires: 0 }
  recorder.record(note(1))
  await time.run(9000)
  ingest.faults = { tryLater: 0, slowDown: 0, tooLarge: 0, tokenExpires: 0 }
  await time.run(9000)
  expect(heard).toEqual(['failed OUTBOX_FAILED', 'lagging'])
  expect(recorder.status.state).toBe('recording')
})

test('[R11] what earlier loads left is sent under their own names; other pages that live are recorded', async () => {
  const entry = (seq: number): OutboxEntry => ({
    seq,
    json: JSON.stringify(note(seq)),
    timestampMs: 1_600_000_000_000 + seq,
    mapped: true,
  })
  const results: boolean[] = []
  let looks = 0
  const takeOver = async (sessionId: string, heirs: Heirs) => {
    looks++
    if (looks > 1) return
    expect(sessionId).toBe('s')
    heirs.sees('another')
    results.push(await heirs.send('page-1', [entry(1), entry(2)], memoryOutbox()))
    results.push(await heirs.send('page-2', [entry(1)], memoryOutbox()))
  }
  ingest.committed.set('page-1', [{ type: 'custom:n', data: { n: 1 }, timestamp: 1_600_000_000_001 }])
  const recorder = record({ outbox: { ...memoryOutbox(), takeOver } })
  const flushing = () => {
    ingest.flush()
    time.after(500, flushing)
  }
  flushing()
  expect(await time.runUntil(() => results.length === 2, 60_000)).toBe(true)
  expect(results).toEqual([true, true])
  expect(ingest.committed.get('page-1')?.map(({ data }) => data)).toEqual([{ n: 1 }, { n: 2 }])
  expect(ingest.committed.get('page-2')?.map(({ data }) => data)).toEqual([{ n: 1 }])
  await time.run(10_000)
  expect(ingest.committed.get(recorder.sourceId)).toMatchObject([
    { type: 'second_tab', data: { source: 'browser', otherSourceId: 'another' } },
  ])
  expect(looks).toBeGreaterThan(1)
})

test('[I2] while the part that sends can not be loaded, events are kept; then they are sent', async () => {
  const outbox = memoryOutbox()
  let tries = 0
  const loadSender = async () => {
    if (++tries < 3) throw new TypeError('Failed to fetch dynamically imported module')
    return { Sender }
  }
  const recorder = record({ outbox }, { loadSender })
  recorder.record(note(1))
  recorder.record({ type: 'terminal_stream', data: { channel: 'o', data: 'x'.repeat(300_000) } })
  await time.run(1000)
  expect(recorder.status).toMatchObject({
    state: 'connecting',
    error: { code: 'UNREACHABLE' },
    recordedSeq: 6,
  })
  expect((await readAll(outbox)).map((entry) => [entry.seq, entry.mapped])).toEqual(
    [1, 2, 3, 4, 5, 6].map((seq) => [seq, false]),
  )
  page.shown(false)
  page.left()
  const received = recorder.whenReceived()
  await time.run(10_000)
  await received
  expect(recorder.status).toMatchObject({ state: 'recording', receivedSeq: 6 })
  expect(recorder.status.error).toBeUndefined()
  expect(tries).toBe(3)
})

test('closing while it can not be loaded waits as long as it is told, and keeps what there is', async () => {
  const outbox = memoryOutbox()
  const recorder = record({ outbox }, { loadSender: () => Promise.reject(new TypeError('no')) })
  recorder.record(note(1))
  let code = ''
  recorder.close({ timeoutMs: 3000 }).catch((error) => {
    code = error.code
  })
  await time.run(2900)
  expect(code).toBe('')
  await time.run(200)
  expect(code).toBe('TIMED_OUT')
  expect(recorder.status.state).toBe('closed')
  expect(await readAll(outbox)).toHaveLength(1)
  await expect(recorder.whenReceived()).rejects.toMatchObject({ code: 'RECORDER_CLOSED' })
})

/** Lists within each other, deeper than the service takes. */
const tooDeep = () => JSON.parse(`${'['.repeat(300)}${']'.repeat(300)}`)
const longText = (bytes: number) => ({
  type: 'terminal_stream',
  data: { channel: 'o', data: 'x'.repeat(bytes) },
})

test('[I7] what is no event beside a long text is refused at once, and stops nothing', async () => {
  const recorder = record()
  await time.run(500)
  recorder.record(note(1))
  const answer = { role: 'assistant', content: 'x'.repeat(70_000), tools: tooDeep() }
  expect(() => recorder.record({ type: 'ai_interaction', data: answer })).toThrow(
    expect.objectContaining({ code: 'EVENT_TOO_DEEP' }),
  )
  recorder.record(note(2))
  await time.run(1000)
  expect(dataOf(recorder.sourceId)).toEqual([note(1), note(2)])
})

test('[R7][R11] a page that is hidden or left has all of a long text, and what came behind it, on disk', async () => {
  const outbox = memoryOutbox()
  const recorder = record({ outbox })
  await time.run(500)
  recorder.record(longText(1024 * 1024))
  recorder.record(note(1))
  page.shown(false)
  expect(await readAll(outbox)).toHaveLength(recorder.status.recordedSeq)
  recorder.record(longText(1024 * 1024))
  page.left()
  expect(await readAll(outbox)).toHaveLength(recorder.status.recordedSeq)
})

test('[R11] what is recorded while the page is already going is on disk before it is gone', async () => {
  const outbox = memoryOutbox()
  const recorder = record({ outbox })
  recorder.record(note(1))
  await time.run(1000)
  page.left()
  recorder.record(note(2))
  expect((await readAll(outbox)).map(({ seq }) => seq)).toContain(2)
  expect(requests).toHaveLength(1)
  // It came back, from the browser's cache of pages.
  page.shown(true)
  recorder.record(note(3))
  expect((await readAll(outbox)).map(({ seq }) => seq)).not.toContain(3)
})

test('[R7] closing at once leaves all of a long text in the outbox before it is closed', async () => {
  const memory = memoryOutbox()
  let kept = 0
  const outbox: Outbox = {
    ...memory,
    close: () => {
      kept = (memory.read(1, 1000) as OutboxEntry[]).length
    },
  }
  const recorder = record({ outbox })
  recorder.record(longText(1024 * 1024))
  await recorder.close({ waitFor: 'nothing' })
  expect(kept).toBe(16)
  recorder.pause()
  recorder.resume()
})

test('once the session is over for good nothing more is kept on the candidate’s disk', async () => {
  const outbox = memoryOutbox()
  const recorder = record({ outbox })
  recorder.record(note(1))
  await time.run(500)
  ingest.flush()
  await time.run(6000)
  ingest.isClosed = true
  recorder.record(note(2))
  await time.run(60_000)
  expect(recorder.status.state).toBe('closed')
  for (let n = 3; n < 50; n++) expect(recorder.record(note(n))).toBe(2)
  await time.run(60_000)
  expect((await readAll(outbox)).map(({ seq }) => seq)).toEqual([2])
})

test('[R11] the outbox knows its session from the start where it is said, also without a sender', async () => {
  const told: string[] = []
  const outbox: Outbox = { ...memoryOutbox(), belongsTo: (sessionId) => told.push(sessionId) }
  const never = { loadSender: () => new Promise<never>(() => {}) }
  record({ outbox, token: claims('named by the token') }, never)
  record({ outbox, sessionId: 'named by the page' }, never)
  record({ outbox }, never)
  expect(told).toEqual(['named by the token', 'named by the page'])
})
