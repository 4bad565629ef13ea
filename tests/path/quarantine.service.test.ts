import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createWatcher } from '../../client-sdk/src/watcher.js'
import { openArchive } from '../../db/archive/open-archive.js'
import type { RecordedEvent } from '../../protocol/events.js'
import type { QuarantinedEventView, QuarantineView } from '../../protocol/http/index.js'
import { verifySession } from '../../scripts/verify/verify-session.js'
import type { ProductProcess } from '../support/process.js'
import { testSigning } from '../support/signing.js'
import { openTestDatabase } from '../support/stores.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

const ENV = {
  FLUSH_DUE_MS: '100',
  SWEEP_EVERY_MS: '300',
  CLOSE_GRACE_MS: '0',
  RETAIN_ROWS_MS: '0',
  RETAIN_LAST_EVENTS: '0',
  RETENTION_EVERY_MS: '300',
}

let world: World
let server: ProductProcess
let worker: ProductProcess
beforeAll(async () => {
  world = await makeWorld({ env: ENV })
  server = await world.startServer()
  worker = await world.startWorker()
})
afterAll(() => world[Symbol.asyncDispose]())
beforeEach(async () => {
  await world.sql.unsafe('alter table session_events drop constraint if exists refuses')
  // Stands for a fault of this software, or a migration that is missing. Rows that are there are not looked at.
  await world.sql.unsafe(
    `alter table session_events add constraint refuses check (data::text not like '%refuse me%') not valid`,
  )
})
const mend = () => world.sql.unsafe('alter table session_events drop constraint refuses')

/** One tab's events: its second edit, and a turn of the chat, are refused. */
const EVENTS = [
  { type: 'file_created', fileId: 'a.ts', data: { filePath: 'a.ts', content: '' } },
  { type: 'code_edit', fileId: 'a.ts', data: { changes: [[0, 0, 'first\n']], origin: 'typed' } },
  { type: 'code_edit', fileId: 'a.ts', data: { changes: [[6, 0, 'refuse me\n']], origin: 'typed' } },
  { type: 'code_edit', fileId: 'a.ts', data: { changes: [[16, 0, 'third\n']], origin: 'typed' } },
  { type: 'ai_interaction', data: { role: 'user', content: 'How do I refuse me?' } },
  { type: 'terminal_input', data: { command: 'ls' } },
]
const TEXT = 'first\nrefuse me\nthird\n'

async function aRefusedSession() {
  const session = await world.createSession(server)
  const timestamp = Date.now()
  const events = EVENTS.map((event, i) => ({ ...event, timestamp: timestamp + i }))
  const posted = await world.call(server, 'POST', `/v1/sessions/${session.id}/events?wait=committed`, {
    body: { source: 'tab', firstSeq: 1, events },
  })
  expect(posted.status).toBe(200)
  return session.id
}

const list = async (path: string) =>
  (await world.call<QuarantineView>(server, 'GET', `/v1${path}`)).body.entries
const replay = (id: string, seq: number) =>
  world.call<QuarantinedEventView>(server, 'POST', `/v1/sessions/${id}/quarantine/${seq}/replay`)
const stateOf = async (id: string) => {
  const { body } = await world.call<{
    files: Record<string, string>
    chat: { content: string }[]
    losses: unknown[]
  }>(server, 'GET', `/v1/sessions/${id}/state`)
  return body
}
const quarantinedIn = async (id: string) => {
  const path = `/v1/sessions/${id}/stats?recompute=true`
  const { body } = await world.call<{ recording: { quarantined: number } }>(server, 'GET', path)
  return body.recording.quarantined
}

describe('[R5] what was set aside', () => {
  test('is listed, stays aside while it is refused, and is replayed in its place after a fix', async () => {
    const id = await aRefusedSession()
    const entries = await list(`/sessions/${id}/quarantine`)
    expect(entries).toMatchObject([
      { sessionId: id, seq: 3, type: 'code_edit', reason: 'SQLSTATE 23514', state: 'set aside' },
      { sessionId: id, seq: 5, type: 'ai_interaction', reason: 'SQLSTATE 23514', replayedSeq: null },
    ])
    expect((await list('/quarantine?state=set%20aside')).map(({ id }) => id)).toEqual(
      expect.arrayContaining(entries.map(({ id }) => id)),
    )
    // A token that opens other sessions sees nothing of this one.
    const token = await world.token('service', (await world.createSession(server)).id)
    const ofOthers = await world.call<QuarantineView>(server, 'GET', '/v1/quarantine', { token })
    expect(ofOthers.body.entries).toEqual([])
    expect(await replay(id, 3)).toMatchObject({ status: 409, body: { error: { code: 'STILL_REFUSED' } } })
    expect(await replay(id, 1)).toMatchObject({ status: 404, body: { error: { code: 'NOT_FOUND' } } })
    expect((await world.getSession(server, id)).eventCount).toBe(6)
    expect((await stateOf(id)).losses).toHaveLength(2)
    expect(await quarantinedIn(id)).toBe(2)

    const watched: RecordedEvent[] = []
    const watcher = createWatcher({
      url: server.url,
      token: await world.token('proctor'),
      sessionId: id,
      onEvents: (events) => watched.push(...events),
    })
    await watcher.whenCaughtUp()
    await mend()
    // Twice at once is once.
    const replayed = await Promise.all([replay(id, 3), replay(id, 3)])
    for (const answer of replayed) {
      expect(answer).toMatchObject({ status: 200, body: { seq: 3, state: 'replayed', replayedSeq: 7 } })
    }
    expect((await replay(id, 5)).body).toMatchObject({ state: 'replayed', replayedSeq: 8 })
    expect((await replay(id, 5)).status).toBe(200)

    const events = await world.readAll(server, id)
    expect(events).toHaveLength(8)
    const tab = (events[0] as RecordedEvent).source
    expect(events[6]).toMatchObject({
      type: 'code_edit',
      fileId: 'a.ts',
      data: EVENTS[2]?.data,
      timestamp: events[2]?.timestamp,
      replaces: 3,
      original: { source: tab, sourceSeq: 3 },
    })
    await waitFor('the watcher to have both', () => watched.length >= 8)
    expect(watched[6]).toMatchObject({ seq: 7, replaces: 3, original: { source: tab, sourceSeq: 3 } })
    watcher.stop()

    const state = await stateOf(id)
    expect(state.files).toEqual({ 'a.ts': TEXT })
    expect(state.chat.map(({ content }) => content)).toEqual(['How do I refuse me?'])
    expect(state.losses).toEqual([])
    expect(await quarantinedIn(id)).toBe(0)
    const turns = await world.call(server, 'GET', `/v1/sessions/${id}/claude-interactions`)
    expect(JSON.stringify(turns.body)).toContain('How do I refuse me?')
    expect((await list('/quarantine?state=set%20aside')).filter((entry) => entry.sessionId === id)).toEqual(
      [],
    )
    const log = await world.call<{ entries: { action: string; sub: string }[] }>(
      server,
      'GET',
      `/v1/sessions/${id}/access-log`,
    )
    expect(log.body.entries.filter(({ action }) => action === 'replay').map(({ sub }) => sub)).toEqual(
      Array(4).fill('service-of-test'),
    )
  })

  test('of a session whose grace is over and whose rows are gone: the archive is made again, and has it', async () => {
    const id = await aRefusedSession()
    await world.call(server, 'POST', `/v1/sessions/${id}/close`, { body: {} })
    const purged = (generation: number) =>
      waitFor(`generation ${generation} to be all there is`, async () => {
        const [row] = await world.sql<{ whole: boolean }[]>`
          select purged_through_seq = event_count and archive_generation = ${generation}
            and archive_state = 'verified' as whole from session_recordings where id = ${id}`
        return row?.whole
      })
    await purged(1)
    await mend()
    for (const seq of [3, 5]) expect([200, 202]).toContain((await replay(id, seq)).status)
    await waitFor('both to be replayed', async () => {
      const entries = await list(`/sessions/${id}/quarantine`)
      return entries.every(({ state }) => state === 'replayed')
    })
    const { status, archive } = await world.getSession(server, id)
    expect(status).toBe('COMPLETED')
    await purged(archive.generation)
    expect(archive.generation).toBeGreaterThan(1)
    const events = await world.readAll(server, id)
    expect(events).toHaveLength(8)
    // The repair of a closed session is not one of its late events.
    expect(events.filter(({ flags }) => flags?.includes('late'))).toEqual([])
    expect(events.map(({ replaces }) => replaces)).toEqual([...Array(6).fill(undefined), 3, 5])
    const state = await stateOf(id)
    expect(state.files).toEqual({ 'a.ts': TEXT })
    expect(state.losses).toEqual([])
    // The chain has the repair as it has any event: nothing was changed behind it.
    await using db = openTestDatabase(world.databaseUrl)
    const { publicKeys } = testSigning(await readFile(world.signingKeyFile, 'utf8'))
    const recording = { db, archive: openArchive(world.archiveUrl), sessionId: id, keys: publicKeys }
    expect(await verifySession(recording)).toMatchObject({ outcome: 'intact', findings: [] })
    // Asked again when all of it is in the archive alone.
    expect(await replay(id, 3)).toMatchObject({ status: 200, body: { state: 'replayed' } })
    expect(await world.readAll(server, id)).toHaveLength(8)
  })

  test('what is refused once more is set aside once more, and is one loss still', async () => {
    await world.sql.unsafe(
      `alter table claude_interactions add constraint refuses check (content not like '%refuse me%') not valid`,
    )
    const id = await aRefusedSession()
    await mend()
    const again = await replay(id, 5)
    expect(again.body).toMatchObject({ state: 'replayed', replayedSeq: 7 })
    expect((await list(`/sessions/${id}/quarantine`)).map(({ seq, state }) => [seq, state])).toEqual([
      [3, 'set aside'],
      [5, 'replayed'],
      [7, 'set aside'],
    ])
    expect((await stateOf(id)).losses).toHaveLength(2)
    expect(await quarantinedIn(id)).toBe(2)
    await world.sql.unsafe('alter table claude_interactions drop constraint refuses')
    expect((await replay(id, 7)).body).toMatchObject({ state: 'replayed', replayedSeq: 8 })
    const [last] = (await world.readAll(server, id)).slice(-1)
    expect(last).toMatchObject({ type: 'ai_interaction', replaces: 5 })
    expect((await stateOf(id)).losses).toHaveLength(1)
    expect(await quarantinedIn(id)).toBe(1)
  })

  test('what a redaction has taken away can not come back by it', async () => {
    const id = await aRefusedSession()
    await mend()
    const wish = { text: 'refuse me', reason: 'a name' }
    await world.call(server, 'POST', `/v1/sessions/${id}/redactions`, { body: wish })
    expect(await replay(id, 3)).toMatchObject({ status: 409, body: { error: { code: 'STILL_REFUSED' } } })
  })
})

test('[I8] the metrics say how much is set aside', async () => {
  await aRefusedSession()
  const metrics = await (await fetch(`${worker.url}/metrics`)).text()
  expect(Number(/^recorder_quarantined_events (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThanOrEqual(2)
})
