import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openArchive } from '../../db/archive/open-archive.js'
import { openRecording } from '../../db/archive/read-recording.js'
import { hashText } from '../../db/text.js'
import { recordingPrefix } from '../../protocol/archive-format.js'
import type { RecordedEvent } from '../../protocol/events.js'
import type { RedactionListView, RedactionView } from '../../protocol/http/index.js'
import { MASK_CHAR } from '../../protocol/redaction.js'
import { createReplayEngine, terminalText } from '../../replay/index.js'
import type { ProductProcess } from '../support/process.js'
import { aRecordedSession, type RecordedSession } from '../support/recorded-session.js'
import { anId } from '../support/stores.js'
import { tracesOf } from '../support/traces.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

let world: World
let server: ProductProcess
let worker: ProductProcess
beforeAll(async () => {
  // Nothing is flushed by itself while a test looks: what is received is in the buffer until somebody asks.
  world = await makeWorld({ env: { FLUSH_DUE_MS: '60000', FLUSH_DUE_EVENTS: '100000', CLOSE_GRACE_MS: '0' } })
  server = await world.startServer()
  worker = await world.startWorker({
    SWEEP_EVERY_MS: '100',
    RETENTION_EVERY_MS: '100',
    RETAIN_ROWS_MS: String(365 * 86_400_000),
  })
})
afterAll(() => world[Symbol.asyncDispose]())

/** A secret and the parts in which somebody types it. */
function aSecret() {
  const secret = `Sk-${anId()}`
  return {
    secret,
    halves: [secret.slice(0, 12), secret.slice(12)] as const,
    mask: MASK_CHAR.repeat(secret.length),
  }
}

type Secret = ReturnType<typeof aSecret>

/** Everything in which a secret can stand in an interview: typed, pasted, shown, said, noted. */
async function anInterviewWith({ secret, halves }: Secret): Promise<RecordedSession> {
  const question = { title: `Use ${secret}`, language: 'ts' }
  const session = await aRecordedSession(world, server, { question, metadata: { [secret]: [secret] } })
  let atMs = Date.now() - 60_000
  const at = (type: string, data: unknown, fileId?: string) => {
    atMs += 10
    return { type, timestamp: atMs, data, ...(fileId === undefined ? {} : { fileId }) }
  }
  const typed = (text: string, offset: number) =>
    [...text].map((char, i) => at('code_edit', { changes: [[offset + i, 0, char]], origin: 'typed' }, 'a.ts'))
  const snapshot = (content: string) =>
    at('code_snapshot', { fileName: 'a.ts', language: 'ts', content }, 'a.ts')
  const piece = (content: string, index: number) =>
    at('ai_interaction', { role: 'user', content, part: { id: 'p', index, count: 2 } })
  const [first, second] = halves
  await session.send(
    'tab',
    [
      at('session_start', { questionTitle: secret, files: [{ filePath: 'a.ts', content: 'key=\nend\n' }] }),
      at('editor_open', { content: 'key=\nend\n' }, 'a.ts'),
      ...typed(first, 4),
      ...typed('??', 4 + first.length),
      at('code_edit', { changes: [[4 + first.length, 2, '']], origin: 'typed' }, 'a.ts'),
      snapshot(`key=${first}\nend\n`),
      ...typed(second, 4 + first.length),
      snapshot(`key=${secret}\nend\n`),
      snapshot(`key=${secret}\nend\n`),
      snapshot(`key=${secret}\nend\nmore\n`),
    ],
    'committed',
  )
  await session.send('tab', [
    at('terminal_stream', { channel: 'o', data: '\u001b[32m$\u001b[0m ' }),
    ...[...secret].map((char) => at('terminal_stream', { channel: 'o', data: `${char}\u001b[K` })),
    at('terminal_stream', { channel: 'o', data: '\r\n' }),
    at('terminal_input', { command: `export KEY=${secret}` }),
    at('terminal_output', { output: `KEY=${first}` }),
    at('terminal_output', { output: `${second}\n`, exitCode: 0 }),
    at('ai_interaction', { role: 'assistant', content: `Never say ${secret}\u0000` }),
    piece(`please use ${first}`, 0),
    piece(`${second}, thanks`, 1),
    at('test_result', { testName: `with ${secret}`, passed: false, output: secret, error: secret }),
    at('custom:thing', { [secret]: { deep: [secret, 7] } }),
    at('file_created', { filePath: `${secret}.env`, content: secret }, `${secret}.env`),
    at('session_submit', { finalCode: { 'a.ts': `key=${secret}\nend\n` } }),
  ])
  await annotate(session, `he typed ${secret}`)
  return session
}

const annotate = async (session: RecordedSession, text: string) => {
  const headers = { 'idempotency-key': anId() }
  const path = `/v1/sessions/${session.id}/annotations`
  const answer = await world.call(server, 'POST', path, { headers, body: { kind: 'note', text, atMs: 1 } })
  expect(answer.status).toBe(201)
}

const redact = (session: RecordedSession, body: object, token?: string, by = server) =>
  world.call<RedactionView>(by, 'POST', `/v1/sessions/${session.id}/redactions`, {
    body,
    ...(token === undefined ? {} : { token }),
  })

const READS = [
  '',
  '/events',
  '/state',
  '/stats',
  '/timeline',
  '/segments/0',
  '/annotations',
  '/annotations?history=true',
  '/claude-interactions',
  '/code-snapshots',
  '/test-results',
  '/redactions',
  '/access-log',
  '/export/ndjson',
  '/export/asciicast',
  '/export/git',
  '/export/csv',
  '/export/html',
] // prettier-ignore

/** Every read of the API as text. */
async function reads(session: RecordedSession): Promise<string> {
  const token = await world.token('service')
  const answers = await Promise.all(
    READS.map(async (path) => {
      const url = `${server.url}/v1/sessions/${session.id}${path}`
      const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
      expect([path, response.status]).toEqual([path, 200])
      return response.text()
    }),
  )
  return answers.join('\n')
}

/** What replay shows at every moment: files, terminal, and all of the state as JSON. */
function moments(events: readonly RecordedEvent[]) {
  const engine = createReplayEngine()
  engine.insert(events)
  return [...new Set(events.map((event) => event.timestamp))].map((atMs) => {
    const state = engine.stateAt(atMs)
    const screen = terminalText(state.terminal).replaceAll('\u001b[K', '')
    const sizes = [screen.length, ...state.files.map((file) => file.text.length), state.divergences.length]
    return { said: JSON.stringify(state) + screen, sizes }
  })
}

async function expectNothingLeft(session: RecordedSession, secret: Secret, before: readonly RecordedEvent[]) {
  expect(await tracesOf(world, [secret.secret])).toEqual([])
  expect(await reads(session)).not.toContain(secret.secret)
  const after = await session.all()
  for (const { said } of moments(after))
    for (const word of [secret.secret, ...secret.halves]) expect(said).not.toContain(word)
  expect(moments(after).map(({ sizes }) => sizes)).toEqual(moments(before).map(({ sizes }) => sizes))
  expect(after.map(({ data: _, fileId: __, ...rest }) => rest)).toEqual(
    before.map(({ data: _, fileId: __, ...rest }) => rest),
  )
  await expectRowsAgree(session, after)
  for (const one of [server, worker]) expect(one.output()).not.toContain(secret.secret)
}

/** [R8] The typed rows say what the events say. */
async function expectRowsAgree(session: RecordedSession, events: readonly RecordedEvent[]) {
  const snapshots = await world.sql<
    { seq: number; content: string; hash: string; diff: { lines: [string, unknown][] } | null }[]
  >`
    select seq::int, full_content as content, content_hash as hash, diff_from_previous as diff
    from code_snapshots where session_id = ${session.id} order by seq`
  let previous = ''
  for (const { seq, content, hash, diff } of snapshots) {
    expect((events[seq - 1]!.data as { content: string }).content).toBe(content)
    expect(hash).toBe(hashText(content))
    if (diff !== null) expect(patched(previous, diff.lines)).toBe(content)
    previous = content
  }
  const [turns, tests] = await Promise.all([
    world.sql<
      { content: string }[]
    >`select content from claude_interactions where session_id = ${session.id} order by seq`,
    world.sql<
      { name: string }[]
    >`select test_name as name from test_results where session_id = ${session.id} order by seq`,
  ])
  const engine = createReplayEngine()
  engine.insert(events)
  const { chat, testRuns } = engine.stateAt()
  expect(turns.map((turn) => turn.content)).toEqual(
    chat.map((turn) => turn.content.replaceAll('\u0000', '\ufffd')),
  )
  expect(tests.map((row) => row.name)).toEqual(
    testRuns.flatMap((run) => run.results.map((result) => result.testName)),
  )
}

function patched(before: string, lines: [string, unknown][]): string {
  const old = before.match(/[^\n]*\n|[^\n]+$/g) ?? []
  let at = 0
  let text = ''
  for (const [operation, what] of lines) {
    if (operation === '+') text += (what as string[]).join('')
    else if (operation === '-') at += (what as string[]).length
    else {
      text += old.slice(at, at + (what as number)).join('')
      at += what as number
    }
  }
  return text
}

describe('[R15] a secret is taken out', () => {
  test('of a live session, with what is only received', async () => {
    const secret = aSecret()
    const session = await anInterviewWith(secret)
    const before = await session.all()
    // Statistics that were computed of what was masked would show it again.
    await session.get('/stats')
    expect((await tracesOf(world, [secret.secret])).length).toBeGreaterThan(5)

    const { status, body } = await redact(session, { text: secret.secret, reason: 'a key of the company' })
    expect(status).toBe(201)
    expect(body).toMatchObject({
      kind: 'text',
      reason: 'a key of the company',
      throughSeq: before.length,
      role: 'service',
      author: 'service-of-test',
      fromSeq: null,
      toSeq: null,
    })
    expect(body.eventCount).toBeGreaterThan(80)
    expect(body.placeCount).toBeGreaterThanOrEqual(body.places.length)
    expect(JSON.stringify(body)).not.toContain(secret.halves[0])
    await expectNothingLeft(session, secret, before)

    const again = await redact(session, { text: secret.secret, reason: 'to be sure' })
    expect(again.body).toMatchObject({ eventCount: 0, placeCount: 0, places: [] })
    const listed = await session.get<RedactionListView>('/redactions')
    expect(listed).toEqual({ redactions: [body, again.body], nextAfterId: null })
    const log = await session.get<{ entries: { action: string }[] }>('/access-log')
    expect(JSON.stringify(log)).toContain('"redact"')
  })

  test('[R12] of a closed session and its archive, which says so', async () => {
    const secret = aSecret()
    const session = await anInterviewWith(secret)
    await session.close()
    await session.archived()
    const before = await session.all()
    const { generation } = (await session.details()).archive
    expect(await tracesOf(world, [secret.secret])).toContain(`${recordingPrefix(session.id)}/metadata.json`)

    const { body } = await redact(session, { text: secret.secret, reason: 'a key' })
    // At once, whatever the archive holds still.
    expect(await reads(session)).not.toContain(secret.secret)
    await waitFor(
      'the new archive',
      async () => {
        const { archive } = await session.details()
        return archive.state === 'verified' && archive.generation > generation
      },
      60_000,
    )
    await expectNothingLeft(session, secret, before)
    const archive = openArchive(world.archiveUrl)
    const { metadata } = await openRecording(archive, recordingPrefix(session.id))
    const { places: _, ...record } = body
    expect(metadata.redactions).toEqual([record])
    const events: RecordedEvent[] = []
    for await (const event of (await openRecording(archive, recordingPrefix(session.id))).readEvents())
      events.push(event)
    expect(events).toEqual(await session.all())
    await archive.close()
  })

  test('[I6] of a session whose rows are gone', async () => {
    const secret = aSecret()
    const session = await anInterviewWith(secret)
    await session.close()
    await session.archived()
    const before = await session.all()
    const stats = await session.get('/stats')
    await session.purge()

    expect((await redact(session, { text: secret.secret, reason: 'a key' })).status).toBe(201)
    expect(await reads(session)).not.toContain(secret.secret)
    await session.archived()
    await expectNothingLeft(session, secret, before)
    // Of the same length and kind, so that what is counted stays; lists by name have another order.
    const numbers = (value: unknown) =>
      JSON.stringify(value)
        .match(/"(total|lines\w*|events|\w*Chars)":\d+/g)
        ?.sort()
    expect(numbers(await session.get('/stats'))).toEqual(numbers(stats))
  })

  test('a range: texts go, replay and statistics stay', async () => {
    const secret = aSecret()
    const session = await anInterviewWith(secret)
    await session.close()
    await session.archived()
    const before = await session.all()
    const { status, body } = await redact(session, { fromSeq: 1, toSeq: before.length, reason: 'all of it' })
    expect([status, body.kind, body.eventCount]).toEqual([201, 'range', expect.any(Number)])
    await waitFor(
      'the new archive',
      async () => (await session.details()).archive.state === 'verified',
      60_000,
    )
    const after = await session.all()
    expect(moments(after).map(({ sizes }) => sizes)).toEqual(moments(before).map(({ sizes }) => sizes))
    // Paths stay, as what links the events of a file; beside the events a range masks nothing.
    for (const { type, data } of after)
      if (type !== 'file_created') expect(JSON.stringify(data)).not.toContain(secret.secret)
    await expectRowsAgree(session, after)
    expect((await session.read('/stats')).status).toBe(200)
    const again = await redact(session, { fromSeq: 1, toSeq: before.length, reason: 'all of it' })
    expect(again.body).toMatchObject({ eventCount: 0, placeCount: 0 })
  })

  test('[R8] from texts and paths that a column cannot hold, and from what PostgreSQL refused', async () => {
    const { secret, mask } = aSecret()
    const session = await aRecordedSession(world, server)
    const path = `\u0000${secret}.ts`
    const at = { timestamp: Date.now() }
    const content = (text: string) => ({ fileName: path, content: `\ud83d${text}\u0000\n` })
    await session.send(
      'tab',
      [
        { ...at, type: 'code_snapshot', fileId: path, data: content(secret) },
        { ...at, type: 'code_snapshot', fileId: path, data: content(`${secret} more`) },
        { ...at, type: 'code_edit', fileId: path, data: { changes: [[0, 0, `\udc00${secret}`]] } },
      ],
      'committed',
    )
    await world.sql`
      insert into quarantined_events (session_id, seq, type, reason, original)
      values (${session.id}, 98, 'x', 'x', ${Buffer.from(`custom:x\t1\t0\t\t\t{"k":"${secret}"}`)}),
        (${session.id}, 99, 'x', 'x', ${Buffer.from('custom:x\t1\t0\t\t\t{"k":"kept"}')})`
    // What was computed of these events may hold any of their texts.
    await world.sql`
      insert into session_analyses (session_id, version, through_seq, state, metrics)
      values (${session.id}, 0, 3, ${gzipSync(secret)}, '{}')`
    await world.sql`
      insert into session_keyframes (session_id, version, through_seq, whole_seq, answer)
      values (${session.id}, 0, 3, 3, ${gzipSync(secret)})`
    expect((await redact(session, { text: secret, reason: 'r' })).body.eventCount).toBe(3)
    expect(await tracesOf(world, [secret])).toEqual([])
    const events = await session.all()
    expect(events.map((event) => event.fileId)).toEqual(new Array(3).fill(`\u0000${mask}.ts`))
    expect(events.map(({ data }) => data)).toEqual([
      { fileName: `\u0000${mask}.ts`, content: `\ud83d${mask}\u0000\n` },
      { fileName: `\u0000${mask}.ts`, content: `\ud83d${mask} more\u0000\n` },
      { changes: [[0, 0, `\udc00${mask}`]] },
    ])
    const rows = await world.sql<{ hash: string; original: string; diff: unknown }[]>`
      select content_hash as hash, content_original as original, diff_from_previous as diff from code_snapshots
      where session_id = ${session.id} order by seq`
    expect(rows.map(({ hash, original }) => hash === hashText(original))).toEqual([true, true])
    expect(rows[1]?.diff).toEqual({
      fromSeq: 1,
      lines: [
        ['-', [`\ud83d${mask}\u0000\n`]],
        ['+', [`\ud83d${mask} more\u0000\n`]],
      ],
    })
    const left = await world.sql<{ bytes: number }[]>`
      select octet_length(original) as bytes from quarantined_events where session_id = ${session.id} order by seq`
    expect(left.map(({ bytes }) => bytes > 0)).toEqual([false, true])
  })

  test('[I3] while the interview goes on, twice at once: nothing is lost, doubled or shown', async () => {
    const { secret } = aSecret()
    const session = await aRecordedSession(world, server)
    const typed = (text: string) =>
      [...text].map((char, i) => ({
        type: 'code_edit',
        timestamp: Date.now(),
        fileId: 'a.ts',
        data: { changes: [[i, 0, char]] },
      }))
    const halves: [string, string] = [secret.slice(0, 9), secret.slice(9)]
    await session.send('first', typed(secret))
    const going = (async () => {
      for (let i = 0; i < 10; i++)
        await session.send('second', typed(`${i % 2 ? halves[0] : 'other'}`), 'committed')
    })()
    const second = await world.startServer()
    const wishes = [server, second, server, second].map((one) =>
      redact(session, { text: secret, reason: 'r' }, undefined, one),
    )
    const answers = await Promise.all(wishes)
    await going
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201])
    // Whoever came first has masked it; what each found is of a moment of its own.
    expect(answers.filter(({ body }) => body.eventCount === secret.length)).toHaveLength(1)
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(4)
    const events = await session.all()
    expect(events.map((event) => event.seq)).toEqual(events.map((_, i) => i + 1))
    expect(events).toHaveLength(secret.length + 5 * (9 + 5))
    const first = events.filter(
      (event) => event.sourceSeq <= secret.length && event.source === events[0]!.source,
    )
    const shown = first.map((event) => (event.data as { changes: [number, number, string][] }).changes[0]![2])
    expect(shown.join('')).toBe(MASK_CHAR.repeat(secret.length))
  })

  test('one that does not occur is recorded too: somebody has looked', async () => {
    const session = await aRecordedSession(world, server)
    const { status, body } = await redact(session, { text: 'not there', reason: 'asked for' })
    expect([status, body]).toEqual([
      201,
      expect.objectContaining({ throughSeq: 0, eventCount: 0, places: [] }),
    ])
  })
})

describe('[R9] who may, and what is refused', () => {
  test.each<[string, object]>([
    ['neither', { reason: 'r' }],
    ['both', { text: 'secret', fromSeq: 1, toSeq: 1, reason: 'r' }],
    ['a short text', { text: 'abc', reason: 'r' }],
    ['a long text', { text: 'a'.repeat(4001), reason: 'r' }],
    ['half a surrogate pair', { text: 'secret\ud83d', reason: 'r' }],
    ['what is masked already', { text: `${MASK_CHAR}secret`, reason: 'r' }],
    ['no reason', { text: 'secret' }],
    ['a reason that says it', { text: 'secret', reason: 'the secret is out' }],
    ['a range that ends before it begins', { fromSeq: 2, toSeq: 1, reason: 'r' }],
    ['a range beyond the end', { fromSeq: 1, toSeq: 9, reason: 'r' }],
  ])('%s', async (_what, body) => {
    const session = await aRecordedSession(world, server)
    const answer = await redact(session, body)
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'VALIDATION' } } })
    expect(JSON.stringify(answer.body)).not.toContain('secret')
    expect(await session.get('/redactions')).toEqual({ redactions: [], nextAfterId: null })
  })

  test('only the service takes out, proctors see what was', async () => {
    const session = await aRecordedSession(world, server)
    for (const role of ['candidate', 'proctor'] as const) {
      const token = await world.token(role, session.id)
      const answer = await redact(session, { text: 'secret', reason: 'r' }, token)
      expect(answer).toMatchObject({ status: 403, body: { error: { code: 'ROLE_FORBIDDEN' } } })
    }
    const token = await world.token('proctor', session.id)
    expect((await session.read('/redactions', token)).status).toBe(200)
  })
})
