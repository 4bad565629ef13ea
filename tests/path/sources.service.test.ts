import { afterAll, beforeAll, expect, test } from 'vitest'
import { MAX_CANDIDATE_SOURCES } from '../../db/sessions.js'
import type { ProductProcess } from '../support/process.js'
import { connectCandidate } from '../support/raw-candidate.js'
import { makeWorld, type World } from '../support/world.js'

let world: World
let server: ProductProcess
beforeAll(async () => {
  world = await makeWorld()
  server = await world.startServer()
})
afterAll(() => world[Symbol.asyncDispose]())

test('[I8] a candidate has so many sources; the known ones and other writers go on', async () => {
  const { id, candidateToken } = await world.createSession(server)
  const write = (source: string, firstSeq: number, token?: string) =>
    world.call<{ error?: { code: string } }>(server, 'POST', `/v1/sessions/${id}/events`, {
      body: { source, firstSeq, events: [{ type: 'custom:x', timestamp: Date.now(), data: 1 }] },
      ...(token === undefined ? {} : { token }),
    })
  expect((await write('known', 1, candidateToken)).status).toBe(202)
  await world.sql`
    insert into session_sources (session_id, source, role, sub, source_id)
    select ${id}, 1000000 + n, 'candidate', 'c', 'source ' || n
    from generate_series(1, ${MAX_CANDIDATE_SOURCES - 1}::int) n`
  const full = await write('one-more', 1, candidateToken)
  expect([full.status, full.body.error?.code]).toEqual([409, 'SOURCES_FULL'])
  const tab = connectCandidate(server.url, { token: candidateToken, sourceId: 'a-tab', protocol: 1 })
  await expect(tab).rejects.toMatchObject({ code: 'SOURCES_FULL' })
  expect((await write('known', 2, candidateToken)).status).toBe(202)
  expect((await write('service', 1)).status).toBe(202)
})
