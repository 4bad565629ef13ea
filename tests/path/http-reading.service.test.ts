import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type {
  CreatedSessionView,
  EventPageView,
  PostedEventsView,
  SessionListView,
} from '../../protocol/http/index.js'
import type { ProductProcess } from '../support/process.js'
import { anId } from '../support/stores.js'
import { makeWorld, type World } from '../support/world.js'

let world: World
let server: ProductProcess
beforeAll(async () => {
  world = await makeWorld({ env: { FLUSH_DUE_MS: '60000', FLUSH_DUE_EVENTS: '1000' } })
  server = await world.startServer()
  await world.startWorker()
})
afterAll(() => world[Symbol.asyncDispose]())

const event = (data: unknown, more: object = {}) => ({
  type: 'custom:x',
  timestamp: Date.now(),
  data,
  ...more,
})
const call = <T = { error: { code: string; message: string } }>(
  method: string,
  path: string,
  options: Parameters<World['call']>[3] = {},
) => world.call<T>(server, method, path, options)
const post = (session: CreatedSessionView, body: object, headers = {}, query = '') =>
  call<PostedEventsView>('POST', `/v1/sessions/${session.id}/events${query}`, { body, headers })
describe('reading events', () => {
  let session: CreatedSessionView
  const all = Array.from({ length: 25 }, (_, i) =>
    event(i + 1, {
      type: i % 5 === 0 ? 'custom:fifth' : 'custom:x',
      timestamp: Date.now() - 25_000 + i * 1000,
    }),
  )
  beforeAll(async () => {
    session = await world.createSession(server)
    // Some in PostgreSQL, some in the buffer: a reader sees no seam.
    const part = (from: number, to: number) => ({
      source: 's',
      firstSeq: from + 1,
      events: all.slice(from, to),
    })
    await post(session, part(0, 12), {}, '?wait=committed')
    await post(session, part(12, 18))
    await post(session, part(18, 25))
  })
  const read = async (query: string) =>
    (await call<EventPageView>('GET', `/v1/sessions/${session.id}/events?${query}`)).body
  const seqs = (page: EventPageView) => page.events.map((e) => e.seq)

  test.each([1, 2, 3, 5, 7, 11, 12, 13, 24, 25, 100])(
    'page by page of %i, each event comes once',
    async (limit) => {
      const found: number[] = []
      let after: number | null = 0
      while (after !== null) {
        const page: EventPageView = await read(`limit=${limit}&afterSeq=${after}`)
        expect(page.events.length).toBeLessThanOrEqual(limit)
        found.push(...seqs(page))
        after = page.nextAfterSeq
      }
      expect(found).toEqual(all.map((_, i) => i + 1))
    },
  )

  test('by type and by time, and page by page too', async () => {
    expect(seqs(await read('types=custom:fifth'))).toEqual([1, 6, 11, 16, 21])
    expect(seqs(await read('types=custom:fifth,custom:x,unknown'))).toHaveLength(25)
    const [from, to] = [all[10]?.timestamp, all[14]?.timestamp]
    expect(seqs(await read(`fromMs=${from}&toMs=${to}`))).toEqual([11, 12, 13, 14, 15])
    const first = await read(`types=custom:fifth&limit=3&afterSeq=1`)
    expect(seqs(first)).toEqual([6, 11, 16])
    expect(seqs(await read(`types=custom:fifth&limit=3&afterSeq=${first.nextAfterSeq}`))).toEqual([21])
    expect(await read('afterSeq=25')).toMatchObject({ events: [], nextAfterSeq: null })
    expect(await read('afterSeq=99999')).toMatchObject({ events: [], nextAfterSeq: null })
  })

  test('as one stream of lines', async () => {
    const stream = async (query = '') => {
      const response = await fetch(`${server.url}/v1/sessions/${session.id}/events${query}`, {
        headers: { authorization: `Bearer ${await world.token('proctor')}`, accept: 'application/x-ndjson' },
      })
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toContain('application/x-ndjson')
      const text = await response.text()
      expect(text === '' || text.endsWith('\n')).toBe(true)
      return text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line))
    }
    expect(await stream('?limit=4')).toEqual((await read('')).events)
    expect((await stream('?types=custom:fifth&limit=2')).map((e) => e.seq)).toEqual([1, 6, 11, 16, 21])
    expect(await stream('?afterSeq=25')).toEqual([])
  })

  test.each([
    'limit=0',
    'limit=5001',
    'limit=x',
    'afterSeq=-1',
    'afterSeq=1.5',
    'fromMs=x',
    'fromMs=1e300',
    'toMs=-1e300',
    `types=${'x'.repeat(2001)}`,
  ])('a query that makes no sense is told: %s', async (query) => {
    const answer = await call('GET', `/v1/sessions/${session.id}/events?${query}`)
    expect([answer.status, answer.body.error.code]).toEqual([400, 'VALIDATION'])
    expect(answer.body.error.message).toContain(query.split('=')[0])
  })

  test('a type that cannot be one is simply not there', async () => {
    expect(await read('types=%00')).toMatchObject({ events: [] })
    expect(await read('types=%F0%9F%98%80')).toMatchObject({ events: [] })
  })

  test('who reads is noted', async () => {
    const token = await world.token('proctor', session.id, 'curious')
    await call('GET', `/v1/sessions/${session.id}/events`, { token })
    const noted = await world.sql`
      select role, action from access_log where session_id = ${session.id} and sub = 'curious'`
    expect(noted).toEqual([{ role: 'proctor', action: 'read' }])
  })

  test('[I7] the state at any moment', async () => {
    const state = await call<{ seq: number }>(
      'GET',
      `/v1/sessions/${session.id}/state?atMs=${all[4]?.timestamp}`,
    )
    expect(state).toMatchObject({ status: 200, body: { seq: 5 } })
    expect((await call('GET', `/v1/sessions/${session.id}/state?atMs=x`)).body.error.code).toBe('VALIDATION')
  })
})

describe('listing sessions', () => {
  const list = async (query: string, token?: string) =>
    (await call<SessionListView>('GET', `/v1/sessions?${query}`, token ? { token } : {})).body
  const pages = async (query: string, token?: string) => {
    const ids: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: SessionListView = await list(`${query}${cursor ? `&cursor=${cursor}` : ''}`, token)
      ids.push(...page.sessions.map((s) => s.id))
      cursor = page.nextCursor
    }
    return ids
  }

  test.each([1, 2, 3, 7])('page by page of %i, each comes once, however close they began', async (limit) => {
    const made = await Promise.all(Array.from({ length: 7 }, () => world.createSession(server)))
    const token = await world.token(
      'proctor',
      made.map((s) => s.id),
    )
    // As from a clock that counts microseconds.
    for (const [i, { id }] of made.entries()) {
      await world.sql`
        update session_recordings
        set start_time = '2026-11-22 12:00:00.123Z'::timestamptz + make_interval(secs => ${(i % 4) * 1e-4})
        where id = ${id}`
    }
    const ids = await pages(`limit=${limit}`, token)
    expect([...ids].sort()).toEqual(made.map((s) => s.id).sort())
  })

  test('shows a caller only the sessions of the token', async () => {
    const [mine, other] = [await world.createSession(server), await world.createSession(server)]
    const token = await world.token('proctor', mine.id)
    expect(await pages('', token)).toEqual([mine.id])
    expect(await pages(`candidateId=${other.candidateId}`, token)).toEqual([])
    expect(await pages('', await world.token('proctor', []))).toEqual([])
    expect(await pages('', await world.token('proctor', ['no id', mine.id.toUpperCase()]))).toEqual([])
  })

  test('by status and candidate', async () => {
    const session = await world.createSession(server)
    expect(await pages(`candidateId=${session.candidateId}&status=ACTIVE`)).toEqual([session.id])
    expect(await pages(`candidateId=${session.candidateId}&status=COMPLETED`)).toEqual([])
  })

  test.each([
    'limit=0',
    'limit=501',
    'status=OPEN',
    'candidateId=%00',
    'cursor=x',
    `cursor=${Buffer.from(`2026-11-22T12:00:00.000Z ${'-'.repeat(36)}`).toString('base64url')}`,
    `cursor=${Buffer.from(`x ${anId()}`).toString('base64url')}`,
    `cursor=${Buffer.from(`+275760-09-13T00:00:00.000Z ${anId()}`).toString('base64url')}`,
  ])('a query that makes no sense is told: %s', async (query) => {
    const answer = await call('GET', `/v1/sessions?${query}`)
    expect([answer.status, answer.body.error.code]).toEqual([400, 'VALIDATION'])
  })
})

test('nothing unforeseen has happened', () => {
  expect(server.output()).not.toMatch(/"level":[456]0/)
})
