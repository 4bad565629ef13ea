import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRecorder } from '../../client-sdk/src/recorder.js'
import { openS3Store } from '../../db/archive/s3-store.js'
import { publicKeysOf } from '../../db/integrity/keys.js'
import { checkReceipt } from '../../db/integrity/receipts.js'
import { startS3Server } from '../../db/test-support/s3-server.js'
import { recordingPrefix } from '../../protocol/archive-format.js'
import type { ClosedSessionView, Receipt } from '../../protocol/http/index.js'
import type { ControlMessage } from '../../protocol/socket-events.js'
import { verify } from '../../scripts/verify/main.js'
import { readObjects } from '../support/archive-mutations.js'
import type { ProductProcess } from '../support/process.js'
import { aRecordedSession, type RecordedSession } from '../support/recorded-session.js'
import { aSigningKeyPem } from '../support/signing.js'
import { anId } from '../support/stores.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

let world: World
let server: ProductProcess
let folder: string
beforeAll(async () => {
  world = await makeWorld({ env: { FLUSH_DUE_MS: '100', SWEEP_EVERY_MS: '200' } })
  server = await world.startServer()
  await world.startWorker()
  folder = await mkdtemp(join(tmpdir(), 'recorder-verify-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await world[Symbol.asyncDispose]()
})

const events = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ type: 'custom:n', timestamp: Date.now(), data: i }))

async function aClosedSession() {
  const session = await aRecordedSession(world, server)
  await session.send('tab', events(30), 'committed')
  const early = await session.get<Receipt>('/receipt')
  await session.send('tab', events(10))
  const { body } = await world.call<ClosedSessionView>(server, 'POST', `/v1/sessions/${session.id}/close`, {
    body: {},
  })
  return { session, early, closed: body }
}

const publishedKeys = async () =>
  publicKeysOf(await (await fetch(`${server.url}/.well-known/recorder-keys.json`)).text(), 'the service')

describe('[R15] a receipt', () => {
  test('is given at any time, to each role, and is signed with the published key', async () => {
    const session = await aRecordedSession(world, server)
    const keys = await publishedKeys()
    const empty = await session.get<Receipt>('/receipt')
    expect(empty).toMatchObject({ sessionId: session.id, seq: 0 })
    expect(checkReceipt(keys, empty)).toBe('valid')
    await session.send('tab', events(3), 'committed')
    for (const role of ['candidate', 'proctor', 'service'] as const) {
      const { status, body } = await session.read<Receipt>('/receipt', await world.token(role, session.id))
      expect([role, status, body]).toMatchObject([role, 200, { seq: 3 }])
      expect(checkReceipt(keys, body)).toBe('valid')
      for (const change of [{ seq: 2 }, { head: empty.head }, { atMs: 0 }, { sessionId: anId() }]) {
        expect(checkReceipt(keys, { ...body, ...change })).toBe('invalid')
      }
    }
  })

  test('comes with the answer to the close, through the last event', async () => {
    const { session, closed } = await aClosedSession()
    expect(closed).toMatchObject({
      status: 'COMPLETED',
      eventCount: 40,
      receipt: { seq: 40, sessionId: session.id },
    })
    const again = await world.call<ClosedSessionView>(server, 'POST', `/v1/sessions/${session.id}/close`, {
      body: {},
      token: await world.token('candidate', session.id),
    })
    expect(again.body.receipt).toMatchObject({ seq: 40, head: closed.receipt?.head })
  })

  test('is handed to the candidate’s page when somebody else has closed the session', async () => {
    const created = await world.createSession(server)
    const recorder = createRecorder({ url: server.url, token: created.candidateToken })
    const told: ControlMessage[] = []
    recorder.on('control', (control) => told.push(control))
    recorder.record({ type: 'custom:n', data: 1 })
    await recorder.whenCommitted()
    await world.call(server, 'POST', `/v1/sessions/${created.id}/close`, { body: {} })
    await waitFor('the receipt', () => told.some(({ kind }) => kind === 'receipt'))
    expect(told.map(({ kind }) => kind)).toEqual(['ended', 'receipt'])
    const { receipt } = told[1] as Extract<ControlMessage, { kind: 'receipt' }>
    expect(receipt).toMatchObject({ sessionId: created.id, seq: 1 })
    expect(checkReceipt(await publishedKeys(), receipt)).toBe('valid')
    await recorder.close()
  })
})

class Text extends Writable {
  text = ''
  override _write(chunk: Buffer, _encoding: string, done: () => void) {
    this.text += chunk.toString()
    done()
  }
}

/** As `npm run verify -- …` in an empty folder. */
async function run(args: string[], env: NodeJS.ProcessEnv = {}) {
  const [out, err] = [new Text(), new Text()]
  const code = await verify(args, { env: { DATA_DIR: folder, ...env }, folder, out, err })
  return { code, out: out.text, err: err.text }
}

describe('[R15] npm run verify', () => {
  let session: RecordedSession
  let early: Receipt
  let closed: ClosedSessionView
  let keys: string
  let stores: NodeJS.ProcessEnv
  let archived: string
  beforeAll(async () => {
    ;({ session, early, closed } = await aClosedSession())
    await session.archived()
    keys = `${server.url}/.well-known/recorder-keys.json`
    stores = { DATABASE_URL: world.databaseUrl, ARCHIVE_URL: world.archiveUrl }
    archived = join(fileURLToPath(world.archiveUrl), recordingPrefix(session.id))
  })

  test('of a session, of its folder, of a whole archive', async () => {
    for (const target of [session.id, archived, `file://${archived}`, world.archiveUrl]) {
      const { code, out, err } = await run([target, '--key', keys], stores)
      expect([target, code, err]).toEqual([target, 0, ''])
      expect(out).toContain('✓ intact')
      expect(out).toContain(session.id)
      expect(out).toContain(closed.receipt?.head)
    }
  })

  test('takes its keys from a file in PEM, from the environment, or from the system in DATA_DIR', async () => {
    expect((await run([archived, '--key', world.signingKeyFile])).code).toBe(0)
    expect((await run([archived], { RECORDER_KEYS: keys })).code).toBe(0)
    expect(await run([archived])).toMatchObject({
      code: 2,
      err: expect.stringContaining('name one with --key'),
    })
    await writeFile(join(folder, 'signing-keys.json'), await (await fetch(keys)).text())
    expect((await run([archived])).code).toBe(0)
    await rm(join(folder, 'signing-keys.json'))
    const other = join(folder, 'other.pem')
    await writeFile(other, aSigningKeyPem())
    const refused = await run([archived, '--key', other])
    expect(refused).toMatchObject({ code: 1, out: expect.stringContaining('not one of the pinned keys') })
  })

  test('holds a receipt against it: alone, and as the answer to a close', async () => {
    for (const [name, said] of Object.entries({ early, closed, late: closed.receipt })) {
      const file = join(folder, `${name}.json`)
      await writeFile(file, JSON.stringify(said))
      const { code, out } = await run([archived, '--key', keys, '--receipt', file])
      expect([name, code]).toEqual([name, 0])
      expect(out).toContain("the receipt's part of it, through event")
    }
    const forged = join(folder, 'forged.json')
    await writeFile(forged, JSON.stringify({ ...early, seq: early.seq + 1 }))
    expect((await run([archived, '--key', keys, '--receipt', forged])).code).toBe(1)
    await writeFile(forged, '{}')
    expect(await run([archived, '--key', keys, '--receipt', forged])).toMatchObject({
      code: 2,
      err: expect.stringContaining('holds no receipt'),
    })
  })

  test('says what was changed, as text and as JSON', async () => {
    const copy = await mkdtemp(join(folder, 'copy-'))
    for (const [name, bytes] of readObjects(archived)) await writeFile(join(copy, name), bytes)
    const metadata = await readFile(join(copy, 'metadata.json'), 'utf8')
    await writeFile(join(copy, 'metadata.json'), metadata.replace('"COMPLETED"', '"ABANDONED"'))
    const { code, out } = await run([copy, '--key', keys])
    expect([code, out]).toEqual([1, expect.stringContaining('✗ changed')])
    const { out: json } = await run([copy, '--key', keys, '--json'])
    expect(JSON.parse(json)).toMatchObject({
      outcome: 'changed',
      findings: [
        { what: 'object', how: 'changed', text: expect.stringContaining('metadata.json was changed') },
      ],
    })
  })

  test('of an archive in a bucket', async () => {
    const s3 = await startS3Server()
    const { accessKeyId, secretAccessKey } = s3.credentials
    const before = { ...process.env }
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey })
    try {
      const place = { bucket: s3.bucket, prefix: '', region: 'us-east-1', endpoint: s3.endpoint }
      const store = openS3Store(place, { credentials: s3.credentials })
      const prefix = `kept/${recordingPrefix(session.id)}`
      for (const [name, bytes] of readObjects(archived)) await store.put(`${prefix}/${name}`, bytes)
      const query = `?endpoint=${encodeURIComponent(s3.endpoint)}&region=us-east-1`
      for (const path of [prefix, 'kept', '']) {
        const { code, out, err } = await run([`s3://${s3.bucket}/${path}${query}`, '--key', keys])
        expect([path, code, err, out]).toEqual([path, 0, '', expect.stringContaining('✓ intact')])
      }
      await store.put(`${prefix}/events.json.gz`, Buffer.from('x'))
      expect((await run([`s3://${s3.bucket}/kept${query}`, '--key', keys])).code).toBe(1)
      await store.close()
    } finally {
      process.env = before
      await s3.stop()
    }
  })

  test('ends with 2 where it can’t be said: nothing there, no store, a wrong argument', async () => {
    const empty = await mkdtemp(join(folder, 'empty-'))
    for (const [args, words] of [
      [[], 'Name one recording'],
      [['a', 'b'], 'Name one recording'],
      [['--what'], 'Unknown option'],
      [[empty, '--key', keys], 'There is no recording'],
      [['nowhere', '--key', keys], 'is no folder'],
      [[anId(), '--key', keys], 'There is no session'],
      [[archived, '--key', 'nowhere.pem'], "can't be read"],
      [[archived, '--key', `${server.url}/healthz`], 'is not a JWK set'],
    ] as [string[], string][]) {
      const { code, err } = await run(args, stores)
      expect([args, code, err]).toEqual([args, 2, expect.stringContaining(words)])
    }
    const away = await run([session.id, '--key', keys], { DATABASE_URL: 'postgres://x:y@127.0.0.1:1/z' })
    expect(away).toMatchObject({ code: 2, err: expect.stringContaining('did not answer') })
    expect(away.err).not.toContain('x:y')
    expect((await run(['--help'])).out).toContain('npm run verify')
  })

  test('of a session that goes on says that it is not signed yet', async () => {
    const live = await aRecordedSession(world, server)
    await live.send('tab', events(3), 'committed')
    const { code, out } = await run([live.id, '--key', keys], stores)
    expect([code, out]).toEqual([2, expect.stringContaining('Not signed yet: the session is live.')])
  })
})
