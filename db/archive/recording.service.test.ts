import { createHash, randomBytes } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordingPrefix } from '../../protocol/archive-format.js'
import type { ArchivableEvent } from '../../protocol/archive-lines.js'
import { anEvent, aRecording, everyRule, SESSION_ID } from '../test-support/recordings.js'
import { type S3Server, startS3Server } from '../test-support/s3-server.js'
import { listed, whole } from '../test-support/store.contract.js'
import type { DerivedObjects } from './derived-objects.js'
import { openRecording } from './read-recording.js'
import { openS3Store, type S3StoreOptions } from './s3-store.js'
import { writeRecording } from './write-recording.js'

const prefix = recordingPrefix(SESSION_ID)

let server: S3Server
beforeAll(async () => {
  server = await startS3Server()
})
afterAll(() => server.stop())

const openStore = (name: string, options: S3StoreOptions = {}) =>
  openS3Store(
    { bucket: server.bucket, prefix: name, region: 'us-east-1', endpoint: server.endpoint },
    { credentials: server.credentials, ...options },
  )

test('a recording in S3 is read back whole, by plain HTTP ranges, and removed', async () => {
  const store = openStore('small')
  const limits = { maxEvents: 3, maxRawBytes: 100_000 }
  const { metadata } = await writeRecording(
    store,
    prefix,
    aRecording(everyRule.events, everyRule.snapshots),
    limits,
  )

  const reader = await openRecording(store, prefix)
  const read = []
  for await (const event of reader.readEvents()) read.push(event)
  expect(read.map(({ seq }) => seq)).toEqual(everyRule.events.map(({ seq }) => seq))
  expect(read[6]?.data).toMatchObject({ content: everyRule.snapshots[0]?.content })

  for (const { offset, length, sha256 } of metadata.objects['events.json.gz'].segments) {
    const member = await store.getRange(`${prefix}/events.json.gz`, offset, length)
    expect(createHash('sha256').update(member!).digest('hex')).toBe(sha256)
    expect(gunzipSync(member!).toString()).toMatch(/^[[,]\{.*\}\n\]?$/s)
  }
  await store.removePrefix(`${prefix}/`)
  expect(await listed(store, '')).toEqual([])
})

test('an archive of several upload parts, and one of its segments', async () => {
  const store = openStore('large')
  // What gzip can't shorten, so that the object outgrows a part.
  const noise = (seq: number) => createHash('sha512').update(String(seq)).digest('base64')
  const rows: ArchivableEvent[] = Array.from({ length: 60_000 }, (_, i) =>
    anEvent(i + 1, { type: 'terminal_stream', dataJson: `{"channel":"o","data":"${noise(i)}${noise(-i)}"}` }),
  )
  const { metadata, storageSizeBytes } = await writeRecording(store, prefix, aRecording(rows))
  expect(storageSizeBytes).toBeGreaterThan(6 * 1024 * 1024)
  expect(JSON.parse(gunzipSync((await whole(store, `${prefix}/events.json.gz`))!).toString()).length).toBe(
    60_000,
  )

  const { segments } = metadata.objects['events.json.gz']
  const reader = await openRecording(store, prefix)
  server.requests.length = 0
  const middle = segments.length >> 1
  const events = await reader.readSegment(middle)
  expect(events.map(({ seq }) => seq)).toEqual(
    rows.slice(segments[middle]!.firstSeq - 1, segments[middle]!.lastSeq).map(({ seq }) => seq),
  )
  // One range, and nothing else, to get there.
  expect(server.requests.length).toBe(1)
  for await (const event of reader.readEvents({ afterSeq: 59_998 })) {
    expect(event.data).toEqual(JSON.parse(rows[event.seq - 1]!.dataJson))
  }
}, 60_000)

test('S3 that goes away in the middle makes the writing fail, and the next one succeeds', async () => {
  for (const refusedPut of [1, 2, 3]) {
    const store = openStore(`away ${refusedPut}`)
    let puts = 0
    server.intercept = (request, response) => {
      if (request.method === 'PUT') puts++
      if (puts < refusedPut) return false
      request.resume()
      response.writeHead(503).end()
      return true
    }
    await expect(writeRecording(store, prefix, aRecording([anEvent(1)]))).rejects.toMatchObject({
      code: 'ARCHIVE_UNAVAILABLE',
    })
    server.intercept = null
    expect(await store.head(`${prefix}/metadata.json`)).toBeNull()
    await writeRecording(store, prefix, aRecording([anEvent(1)]))
    expect((await (await openRecording(store, prefix)).readSegment(0)).length).toBe(1)
  }
}, 30_000)

test('[I7] whoever makes keyframes of the events may take longer than the store is allowed to be silent', async () => {
  // More than the buffers between two processes take: a request that nobody reads the answer of stays open.
  const noise = () => JSON.stringify({ text: randomBytes(120_000).toString('base64') })
  const rows = Array.from({ length: 150 }, (_, i) => anEvent(i + 1, { type: 'custom:x', dataJson: noise() }))
  const underWay = new Set<unknown>()
  server.intercept = (request, response) => {
    if (request.method === 'GET') {
      underWay.add(response)
      response.once('close', () => underWay.delete(response))
    }
    return false
  }
  const failures: unknown[] = []
  const derived: DerivedObjects = {
    async *keyframes(events) {
      await events.readSegment(0)
      // Either all has been read, or the client has given up.
      await expect.poll(() => underWay.size, { timeout: 30_000 }).toBe(0)
    },
    overview: () => ({ seq: 1, timestampMs: 1, json: '{"n":1,"atMs":1}' }),
    onFailed: (error) => failures.push(error),
  }
  const store = openStore('paused', { silenceMs: 2_000 })
  await writeRecording(store, prefix, { ...aRecording(rows), derived })
  expect(failures).toEqual([])
  server.intercept = null
}, 60_000)
