import { afterAll, beforeAll, expect, test } from 'vitest'
import { openS3Store } from '../../db/archive/s3-store.js'
import { type S3Server, startS3Server } from '../../db/test-support/s3-server.js'
import type { ProductProcess } from '../support/process.js'
import { aRecordedSession } from '../support/recorded-session.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

let s3: S3Server
let world: World
let server: ProductProcess
beforeAll(async () => {
  s3 = await startS3Server()
  const { accessKeyId, secretAccessKey } = s3.credentials
  world = await makeWorld({
    archiveUrl: `s3://${s3.bucket}?endpoint=${s3.endpoint}`,
    env: {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      CLOSE_GRACE_MS: '0',
      SWEEP_EVERY_MS: '100',
      RETENTION_EVERY_MS: '100',
      RETAIN_ROWS_MS: '0',
      RETAIN_LAST_EVENTS: '5',
    },
  })
  server = await world.startServer()
  await world.startWorker()
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await s3.stop()
})

const TEXTS = Array.from({ length: 40 }, (_, i) => ({
  type: 'terminal_stream',
  timestamp: 1_700_000_000_000 + i,
  data: { channel: 'o', data: `line ${i}\n` },
}))

async function purged() {
  const session = await aRecordedSession(world, server)
  await session.send('backend', TEXTS, 'committed')
  const all = await session.all()
  await session.close()
  await waitFor('the purge', async () => {
    const [row] = await world.sql`
      select purged_through_seq::int as purged from session_recordings where id = ${session.id}`
    return row?.purged === TEXTS.length - 5
  })
  return { session, all }
}

const read = (id: string, query = '') => world.call(server, 'GET', `/v1/sessions/${id}/events${query}`)

test('[I5] a read that needs the archive while it is away is asked to try later; the rows that are left are read', async () => {
  const { session, all } = await purged()
  expect(await session.all()).toEqual(all)
  const { session: unread } = await purged()
  s3.intercept = (_request, response) => {
    response.writeHead(503).end()
    return true
  }
  try {
    expect(await read(unread.id)).toMatchObject({ status: 503, body: { error: { code: 'TRY_LATER' } } })
    expect(await read(unread.id, '?afterSeq=35')).toMatchObject({
      status: 200,
      body: { events: { length: 5 } },
    })
  } finally {
    s3.intercept = null
  }
  expect(await unread.all()).toHaveLength(TEXTS.length)
})

test('a damaged archive has a code of its own, and nothing wrong is shown', async () => {
  const { session } = await purged()
  const store = openS3Store(
    { bucket: s3.bucket, prefix: '', region: 'us-east-1', endpoint: s3.endpoint },
    { credentials: s3.credentials },
  )
  await store.put(`sessions/${session.id}/events.json.gz`, Buffer.from('x'.repeat(5000)))
  await store.close()
  expect(await read(session.id)).toMatchObject({ status: 500, body: { error: { code: 'ARCHIVE_DAMAGED' } } })
  expect(await read(session.id, '?afterSeq=35')).toMatchObject({ status: 200 })
})

test('[R14] uploads of killed writers end with the erasure, where the store can list them', async () => {
  const { session } = await purged()
  const key = `sessions/${session.id}/events.json.gz`
  let isOpen = true
  s3.intercept = (request, response) => {
    const url = new URL(request.url ?? '', s3.endpoint)
    if (request.method === 'GET' && url.searchParams.has('uploads')) {
      expect(url.searchParams.get('prefix')).toBe(`sessions/${session.id}/`)
      const upload = isOpen ? `<Upload><Key>${key}</Key><UploadId>u1</UploadId></Upload>` : ''
      response.writeHead(200, { 'content-type': 'application/xml' })
      response.end(
        `<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>${upload}</ListMultipartUploadsResult>`,
      )
      return true
    }
    if (request.method !== 'DELETE' || url.searchParams.get('uploadId') !== 'u1') return false
    isOpen = false
    response.writeHead(204).end()
    return true
  }
  try {
    expect(await world.call(server, 'DELETE', `/v1/sessions/${session.id}`)).toMatchObject({ status: 200 })
    expect(isOpen).toBe(false)
  } finally {
    s3.intercept = null
  }
})
