import { expect, test } from 'vitest'
import { createRecorder } from '../../client-sdk/src/recorder.js'
import { checkRecording, NOTHING_FOUND } from '../support/checker.js'
import { type GeneratedEvent, generateEvents, seeded } from '../support/generate.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

const SEED = Number(process.env.TEST_SEED ?? 20261126)

/** What a migration of the next version may do while this one runs: more columns, tables and indexes, nothing taken away. */
async function migrateToNext({ sql }: World): Promise<number> {
  const tables = await sql<{ name: string }[]>`
    select tablename as name from pg_tables where schemaname = 'public' order by 1`
  for (const { name } of tables) {
    await sql`alter table ${sql(name)}
      add column of_next_note text, add column of_next_count integer not null default 7`
  }
  await sql`create table of_next (id bigint primary key, session_id uuid references session_recordings on delete cascade)`
  return tables.length
}

test(`[R18] processes of this version go on while the next one's migration runs, and record, close and read with its schema (seed ${SEED})`, async () => {
  await using world = await makeWorld({ env: { FLUSH_DUE_MS: '100', SWEEP_EVERY_MS: '500' } })
  const server = await world.startServer()
  const worker = await world.startWorker()
  const { id, candidateToken } = await world.createSession(server)
  const recorder = createRecorder({ url: server.url, token: candidateToken })
  const sent: GeneratedEvent[] = []
  const record = async (events: GeneratedEvent[]) => {
    for (const event of events) recorder.record(event)
    sent.push(...events)
    await recorder.whenCommitted()
  }
  const random = seeded(SEED)
  const api = (method: string, path: string, body?: unknown) =>
    world.call(server, method, `/v1/sessions/${id}${path}`, body === undefined ? {} : { body })
  const readAll = async () => {
    const paths = ['', '/stats', '/timeline', '/annotations', '/events?limit=10', '/access-log']
    const answers = await Promise.all(paths.map((path) => api('GET', path)))
    return answers.map(({ status }) => status)
  }
  // Statements are prepared and planned before, as in a process that has run for days.
  await record(generateEvents(100, random))
  const note = (text: string) =>
    world.call(server, 'POST', `/v1/sessions/${id}/annotations`, {
      body: { kind: 'note', text },
      headers: { 'idempotency-key': text },
    })
  expect(await note('before')).toMatchObject({ status: 201 })
  const before = await readAll()
  expect(before.filter((status) => status === 200).length).toBeGreaterThan(4)

  expect(await migrateToNext(world)).toBeGreaterThan(8)

  await record(generateEvents(300, random))
  expect(await readAll()).toEqual(before)
  expect(await note('after')).toMatchObject({ status: 201 })
  expect((await api('POST', '/close', { status: 'COMPLETED' })).status).toBe(200)
  await waitFor('the archive', async () => (await world.getSession(server, id)).archive.state === 'verified')
  const { sources } = await world.getSession(server, id)
  const numberOf = (sourceId: string) => sources.find((source) => source.sourceId === sourceId)?.source
  const kept = await world.readAll(server, id)
  expect(checkRecording([{ sourceId: recorder.sourceId, events: sent }], kept, numberOf)).toEqual(
    NOTHING_FOUND,
  )
  await recorder.close({ waitFor: 'nothing' })
  for (const process of [server, worker]) {
    expect(process.output()).not.toMatch(/cached plan|unforeseen error|"level":50/)
  }
  expect((await world.createSession(server)).id).not.toBe(id)
})
