import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWatcher, type Watcher } from '../../client-sdk/src/index.js'
import { readAnnotations } from '../../db/archive/annotations-object.js'
import { openDirectoryStore } from '../../db/archive/directory-store.js'
import { recordingPrefix } from '../../protocol/archive-format.js'
import type { RecordedEvent } from '../../protocol/events.js'
import type {
  AnnotationListView,
  AnnotationView,
  ExplanationView,
  SessionStats,
} from '../../protocol/http/index.js'
import type { ProductProcess } from '../support/process.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

let world: World
let server: ProductProcess
let second: ProductProcess
const watchers: Watcher[] = []
beforeAll(async () => {
  world = await makeWorld({ env: { CLOSE_GRACE_MS: '0', FLUSH_DUE_MS: '200', SWEEP_EVERY_MS: '200' } })
  ;[server, second] = await Promise.all([world.startServer(), world.startServer(), world.startWorker()])
})
afterAll(async () => {
  for (const watcher of watchers) watcher.stop()
  await world[Symbol.asyncDispose]()
})

let keys = 0
const someKey = () => `key-${++keys}`
const as = (role: 'candidate' | 'proctor' | 'service', sub: string, sid = '*') => world.token(role, sid, sub)

const note = async (
  id: string,
  body: object,
  { sub = 'Pia', key = someKey(), at = server }: { sub?: string; key?: string; at?: ProductProcess } = {},
) =>
  world.call<AnnotationView>(at, 'POST', `/v1/sessions/${id}/annotations`, {
    body: { kind: 'note', ...body },
    token: await as('proctor', sub),
    headers: { 'idempotency-key': key },
  })
const list = async (id: string, query = '') =>
  (await world.call<AnnotationListView>(second, 'GET', `/v1/sessions/${id}/annotations${query}`)).body
const change = async (
  method: 'PATCH' | 'DELETE',
  id: string,
  annotationId: string,
  token: string,
  body?: object,
) =>
  world.call<AnnotationView & { error?: { code: string } }>(
    server,
    method,
    `/v1/sessions/${id}/annotations/${annotationId}`,
    { token, body },
  )
const close = (id: string) => world.call(server, 'POST', `/v1/sessions/${id}/close`, { body: {} })
const rate = (id: string, seq: number, promptQuality: number | null, token?: string) =>
  world.call<{ promptQuality: number | null; error?: { code: string } }>(
    server,
    'PATCH',
    `/v1/sessions/${id}/claude-interactions/${seq}`,
    { body: { promptQuality }, ...(token === undefined ? {} : { token }) },
  )
const post = (id: string, events: object[], wait = '') =>
  world.call(server, 'POST', `/v1/sessions/${id}/events${wait}`, {
    body: { events: events.map((event) => ({ timestamp: Date.now(), ...event })) },
    headers: { 'idempotency-key': someKey() },
  })
const turn = (content: string, more: object = {}) => ({
  type: 'ai_interaction',
  data: { role: 'user', content, ...more },
})
const archived = (id: string) =>
  readAnnotations(openDirectoryStore(fileURLToPath(world.archiveUrl)), recordingPrefix(id))

async function watch(at: ProductProcess, sessionId: string) {
  const events: RecordedEvent[] = []
  const watcher = createWatcher({
    url: at.url,
    token: await as('proctor', 'Watcher', sessionId),
    sessionId,
    onEvents: (more) => events.push(...more),
  })
  watchers.push(watcher)
  await watcher.whenCaughtUp()
  return { events, watcher }
}

describe('while the session is active', () => {
  test('[R16] a note over HTTP is an event, live to watchers of both servers, and in the log', async () => {
    const { id } = await world.createSession(server)
    const [one, other] = [await watch(server, id), await watch(second, id)]
    const made = await note(id, { text: 'good\nidea 😀', atMs: 1_700_000_000_000, targetSeq: 3 })
    expect(made).toEqual({
      status: 201,
      body: {
        id: expect.stringMatching(/^\d+$/),
        version: made.body.id,
        kind: 'note',
        text: 'good\nidea 😀',
        author: 'Pia',
        role: 'proctor',
        atMs: 1_700_000_000_000,
        targetSeq: 3,
        value: null,
        retracted: false,
        source: expect.any(Number),
        sourceSeq: 1,
        createdAtMs: expect.any(Number),
      },
    })
    for (const { events } of [one, other]) {
      await waitFor('the note', () => events.length === 1)
      expect(events[0]).toMatchObject({
        type: 'proctor_note',
        data: { text: 'good\nidea 😀', author: 'Pia', atMs: 1_700_000_000_000, targetSeq: 3 },
        source: made.body.source,
        sourceSeq: made.body.sourceSeq,
      })
    }
    await other.watcher.annotate({ kind: 'flag', text: 'by socket' })
    await waitFor('the flag', () => one.events.length === 2)
    expect((await list(id)).annotations.map(({ kind, text }) => [kind, text])).toEqual([
      ['note', 'good\nidea 😀'],
      ['flag', 'by socket'],
    ])
  })

  test('[R10] repeated, also at once and on another server, it is there once', async () => {
    const { id } = await world.createSession(server)
    const key = someKey()
    const made = await Promise.all(
      Array.from({ length: 6 }, (_, i) => note(id, { text: 'once' }, { key, at: i % 2 ? server : second })),
    )
    expect(new Set(made.map(({ body }) => body.id)).size).toBe(1)
    expect((await note(id, { text: 'another text' }, { key })).body).toEqual(made[0]?.body)
    // Another author's key of the same name is another key.
    await note(id, { text: 'mine' }, { key, sub: 'Paul' })
    expect((await world.readAll(server, id)).map((e) => (e.data as { text: string }).text)).toEqual([
      'once',
      'mine',
    ])
    expect((await list(id)).annotations).toHaveLength(2)
    // What a process that died after the event has left is done by the repetition.
    await world.sql`delete from annotations where session_id = ${id}`
    expect((await note(id, { text: 'once' }, { key })).body).toMatchObject({ sourceSeq: 1, text: 'once' })
    expect(await world.readAll(server, id)).toHaveLength(2)
  })

  test('[R10] the verbs of the socket take an id of the caller', async () => {
    const { id } = await world.createSession(server, { timeLimit: 600 })
    const { watcher } = await watch(server, id)
    const { watcher: elsewhere } = await watch(second, id)
    for (const by of [watcher, elsewhere, watcher]) {
      await by.annotate({ kind: 'note', text: 'n', id: 'a' })
      await by.message('m', { id: 'a' })
      await by.extend(60, { id: 'a' })
    }
    await Promise.all([watcher, elsewhere, watcher].map((by) => by.extend(30, { id: 'b' })))
    await expect(watcher.message('m', { id: 'no spaces' })).rejects.toThrow('id')
    const events = await world.readAll(server, id)
    expect(events.map(({ type }) => type)).toEqual([
      'proctor_note',
      'proctor_message',
      'time_extended',
      'time_extended',
    ])
    expect(events.slice(2).map((e) => (e.data as { timeLimit: number }).timeLimit)).toEqual([660, 690])
    expect((await world.getSession(server, id)).timeLimit).toBe(690)
    expect((await list(id)).annotations).toHaveLength(1)
  })

  test('what is wrong is refused', async () => {
    const { id } = await world.createSession(server)
    for (const body of [
      { text: '' },
      { text: 'x', kind: 'praise' },
      { text: 'a\0' },
      { text: '\ud83d' },
      { text: 'x', atMs: null },
      { text: 'x', atMs: true },
      { text: 'x', atMs: -1 },
      {},
    ]) {
      expect((await note(id, body)).body).toMatchObject({ error: { code: 'VALIDATION' } })
    }
    expect((await note(id, { text: 'x' }, { key: 'no spaces' })).body).toMatchObject({
      error: { code: 'IDEMPOTENCY_REQUIRED' },
    })
    expect((await note('5e551011-0000-4000-8000-000000000001', { text: 'x' })).status).toBe(404)
    const { watcher } = await watch(server, id)
    for (const text of ['', 'a\0', '\ud83d'])
      await expect(watcher.annotate({ kind: 'note', text })).rejects.toThrow('text')
    expect(await world.readAll(server, id)).toEqual([])
  })
})

describe('[R16] after the close', () => {
  test('notes are rows of the log alone, and the archive follows', async () => {
    const { id } = await world.createSession(server)
    await note(id, { text: 'before' })
    await close(id)
    await waitFor(
      'the archive',
      async () => (await world.getSession(server, id)).archive.state === 'verified',
    )
    const before = await world.readAll(server, id)
    await waitFor('the first copy', async () => (await archived(id))?.generation === 1)
    const late = await note(id, { text: 'after' })
    expect(late.body).toMatchObject({ source: null, sourceSeq: null, text: 'after' })
    const copy = await waitFor('the second copy', async () => {
      const found = await archived(id)
      return found?.generation === 2 ? found : null
    })
    expect(copy.annotations).toEqual((await list(id, '?history=true')).annotations)
    expect(await world.readAll(server, id)).toEqual(before)
    const session = await world.getSession(server, id)
    expect(session.archive.generation).toBe(1)
    expect(session.eventCount).toBe(1)
  })

  test('its author and the service change and take away; the history keeps all versions', async () => {
    const { id } = await world.createSession(server)
    await close(id)
    const [pia, paul, service] = await Promise.all([
      as('proctor', 'Pia'),
      as('proctor', 'Paul'),
      as('service', 'x'),
    ])
    const made = (await note(id, { text: 'one', atMs: 5 })).body
    expect((await change('PATCH', id, made.id, paul, { text: 'no' })).body.error?.code).toBe('NOT_AUTHOR')
    expect((await change('DELETE', id, made.id, paul)).status).toBe(403)
    const edited = await change('PATCH', id, made.id, pia, { text: 'two' })
    expect(edited.body).toMatchObject({ id: made.id, text: 'two', kind: 'note', atMs: 5 })
    expect((await change('PATCH', id, made.id, pia, { text: 'two' })).body.version).toBe(edited.body.version)
    expect((await change('PATCH', id, made.id, service, { kind: 'flag' })).body.author).toBe('x')
    expect((await list(id)).annotations).toMatchObject([{ id: made.id, kind: 'flag', text: 'two' }])
    expect((await change('DELETE', id, made.id, pia)).body.retracted).toBe(true)
    expect((await change('DELETE', id, made.id, pia)).status).toBe(200)
    expect((await list(id)).annotations).toEqual([])
    const history = (await list(id, '?history=true')).annotations
    expect(history.map(({ text, kind, author, retracted }) => [text, kind, author, retracted])).toEqual([
      ['one', 'note', 'Pia', false],
      ['two', 'note', 'Pia', false],
      ['two', 'flag', 'x', false],
      ['two', 'flag', 'Pia', true],
    ])
    for (const gone of [made.id, edited.body.version, '999999999', 'x', '0', '12345678901234567890'])
      expect((await change('PATCH', id, gone, pia, { text: 'no' })).body.error?.code).toBe('NOT_FOUND')
    // Of another session it is none.
    const other = await world.createSession(server)
    expect((await change('DELETE', other.id, made.id, service)).status).toBe(404)
  })

  test('pages of annotations go on where the one before ended', async () => {
    const { id } = await world.createSession(server)
    await close(id)
    for (let n = 0; n < 5; n++) await note(id, { text: `${n}` })
    const first = (await list(id)).annotations[0] as AnnotationView
    await change('PATCH', id, first.id, await as('service', 'x'), { text: '0 again' })
    for (const history of ['', '&history=true']) {
      const texts: string[] = []
      for (let after: string | null = '0'; after !== null; ) {
        const page: AnnotationListView = await list(id, `?limit=2&after=${after}${history}`)
        texts.push(...page.annotations.map(({ text }) => text))
        after = page.nextAfter
      }
      expect(texts).toEqual(history ? ['0', '1', '2', '3', '4', '0 again'] : ['0 again', '1', '2', '3', '4'])
    }
  })
})

test('notes and flags of after the close stand in the numbers, and in those that sessions are compared by', async () => {
  const { id } = await world.createSession(server)
  const startMs = Date.now() - 60_000
  await post(
    id,
    [0, 1, 2].map((n) => ({
      type: 'terminal_input',
      timestamp: startMs + n * 1000,
      data: { command: 'ls' },
    })),
  )
  await note(id, { kind: 'flag', text: 'live' })
  await close(id)
  const numbers = async () => {
    const { body } = await world.call<SessionStats>(server, 'GET', `/v1/sessions/${id}/stats`)
    const [stored] = await world.sql<{ metrics: Record<string, number> }[]>`
      select metrics from session_analyses where session_id = ${id}`
    const { notes, flags } = body.annotations
    expect([stored?.metrics['annotations.notes'], stored?.metrics['annotations.flags']]).toEqual([
      notes,
      flags,
    ])
    return [notes, flags]
  }
  const flag = await note(id, { kind: 'flag', text: 'later', atMs: startMs + 1500 })
  await note(id, { text: 'and this', targetSeq: 1 })
  expect(await numbers()).toEqual([1, 2])
  // The worker, which computes everything anew for the archive, counts them too.
  await waitFor('the archive', async () => (await world.getSession(server, id)).archive.state === 'verified')
  expect(await numbers()).toEqual([1, 2])
  const { body } = await world.call<ExplanationView>(
    server,
    'GET',
    `/v1/sessions/${id}/stats/explain?metric=annotations.flags`,
  )
  expect(body.contributions.map(({ seq, type }) => [seq, type])).toEqual([
    [2, 'terminal_input'],
    [4, 'proctor_flag'],
  ])

  const service = await as('service', 'x')
  await change('PATCH', id, flag.body.id, service, { kind: 'note' })
  expect(await numbers()).toEqual([2, 1])
  await change('DELETE', id, flag.body.id, service)
  expect(await numbers()).toEqual([1, 1])
})

describe('ratings', () => {
  test('live, closed and purged: in the typed row, in the log, the newest counts', async () => {
    const { id } = await world.createSession(server)
    await post(id, [
      turn('a'),
      { type: 'terminal_input', data: { command: 'ls' } },
      turn('b', { promptQuality: 2 }),
    ])
    const column = async () =>
      (
        await world.sql<{ q: number | null }[]>`
          select prompt_quality as q from claude_interactions where session_id = ${id} order by seq`
      ).map(({ q }) => q)
    // Not committed yet, perhaps: that is waited for.
    expect(await rate(id, 1, 4)).toEqual({ status: 200, body: { seq: 1, promptQuality: 4 } })
    expect(await column()).toEqual([4, 2])
    const pia = await as('proctor', 'Pia')
    await rate(id, 3, 5, pia)
    await rate(id, 3, 5, pia)
    await rate(id, 3, 1)
    expect(await column()).toEqual([4, 1])
    expect((await list(id)).annotations).toMatchObject([
      { kind: 'rating', targetSeq: 1, value: 4, author: 'service-of-test' },
      { kind: 'rating', targetSeq: 3, value: 1 },
    ])
    // Taken away, what was sent counts again.
    await rate(id, 3, null)
    await rate(id, 1, null)
    expect(await column()).toEqual([null, 2])
    await close(id)
    await waitFor(
      'the archive',
      async () => (await world.getSession(server, id)).archive.state === 'verified',
    )
    await world.sql`delete from session_events where session_id = ${id}`
    await world.sql`delete from claude_interactions where session_id = ${id}`
    await world.sql`update session_recordings set purged_through_seq = event_count where id = ${id}`
    expect((await rate(id, 3, 3, pia)).status).toBe(200)
    // Wherever it is read, the rating stands in the place of what was sent.
    const read = async (path: string) => (await world.call(server, 'GET', path)).body
    expect(await read(`/v1/sessions/${id}/stats`)).toMatchObject({
      claudeInteractions: { averagePromptQuality: 3 },
    })
    expect(await read(`/v1/sessions/${id}/claude-interactions`)).toMatchObject({
      claudeInteractions: [{ promptQuality: null }, { promptQuality: 3 }],
    })
    const [stored] = await world.sql<{ metrics: Record<string, number> }[]>`
      select metrics from session_analyses where session_id = ${id}`
    expect(stored?.metrics['claudeInteractions.averagePromptQuality']).toBe(3)
    const copy = await waitFor('the copy', async () => {
      const found = await archived(id)
      return found?.generation === 6 ? found : null
    })
    expect(copy.annotations.map(({ targetSeq, value, author }) => [targetSeq, value, author])).toEqual([
      [1, 4, 'service-of-test'],
      [3, 5, 'Pia'],
      [3, 1, 'service-of-test'],
      [3, null, 'service-of-test'],
      [1, null, 'service-of-test'],
      [3, 3, 'Pia'],
    ])
  })

  test('only turns of the chat are rated, one that came in pieces by its last', async () => {
    const { id } = await world.createSession(server)
    const part = (index: number) => ({ part: { id: 'p', index, count: 2 } })
    await post(id, [
      { type: 'terminal_input', data: { command: 'ls' } },
      turn('lo', part(0)),
      turn('ng', part(1)),
    ])
    for (const seq of [1, 2, 4]) expect((await rate(id, seq, 3)).body.error?.code).toBe('NOT_FOUND')
    for (const value of [0, 6, 2.5]) expect((await rate(id, 3, value)).body.error?.code).toBe('VALIDATION')
    expect((await rate(id, 3, 5)).status).toBe(200)
    expect(
      await world.sql`select seq::int, content, prompt_quality from claude_interactions where session_id = ${id}`,
    ).toEqual([{ seq: 3, content: 'long', prompt_quality: 5 }])
  })
})

test('[R9] candidates and strangers neither read nor write any of it', async () => {
  const { id, candidateToken } = await world.createSession(server)
  const elsewhere = await as('proctor', 'Pia', '5e551011-0000-4000-8000-000000000001')
  const calls = [
    ['GET', 'annotations', undefined],
    ['POST', 'annotations', { kind: 'note', text: 'x' }],
    ['PATCH', 'annotations/1', { text: 'x' }],
    ['DELETE', 'annotations/1', undefined],
    ['PATCH', 'claude-interactions/1', { promptQuality: 3 }],
  ] as const
  for (const [method, path, body] of calls) {
    for (const [token, status] of [
      [candidateToken, 403],
      [elsewhere, 404],
      [null, 401],
    ] as const) {
      const headers = { 'idempotency-key': someKey() }
      const answer = await world.call(server, method, `/v1/sessions/${id}/${path}`, { body, token, headers })
      expect([method, path, answer.status]).toEqual([method, path, status])
    }
  }
})
