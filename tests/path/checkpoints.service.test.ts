import { expect, test } from 'vitest'
import { createRecorder } from '../../client-sdk/src/recorder.js'
import { anId } from '../support/stores.js'
import { makeWorld } from '../support/world.js'

const EVENTS = [
  { type: 'session_start', data: {} },
  { type: 'terminal_input', data: { command: 'ls' } },
  { type: 'file_write', data: { filePath: 'a' } },
  { type: 'file_created', data: { filePath: 'a' } },
  { type: 'code_snapshot', data: { fileName: 'a', content: 'x' } },
  { type: 'test_run_start', data: {} },
  { type: 'test_result', data: { testName: 't', passed: true } },
  { type: 'ai_interaction', data: { role: 'user', content: 'why?' } },
  { type: 'paste', data: { lengthChars: 79 } },
  { type: 'paste', data: { lengthChars: 80 } },
  { type: 'copy', data: { lengthChars: 800 } },
  { type: 'session_submit', data: {} },
]
const MARKED = [true, false, false, true, true, true, true, true, false, true, false, true]

test('checkpoints are marked by the vocabulary, whoever sends and by whichever way', async () => {
  await using world = await makeWorld({ env: { FLUSH_DUE_MS: '200' } })
  const server = await world.startServer()
  await world.startWorker()
  const session = await world.createSession(server)
  const path = `/v1/sessions/${session.id}`
  const { candidateToken } = session
  const timestamp = Date.now()

  const recorder = createRecorder({ url: server.url, token: candidateToken })
  // What is claimed counts for nothing.
  for (const event of EVENTS) recorder.record({ ...event, checkpoint: false })
  await recorder.close({ waitFor: 'committed' })
  for (const token of [candidateToken, await world.token('service')]) {
    const events = EVENTS.map((event) => ({ ...event, timestamp, checkpoint: true }))
    await world.call(server, 'POST', `${path}/events`, { token, body: { source: 's', firstSeq: 1, events } })
    for (const [route, body] of [
      ['claude-interactions', { role: 'assistant', content: 'so' }],
      ['code-snapshots', { fileName: 'b', content: 'y' }],
      ['test-results', { testName: 't', passed: false }],
    ] as const) {
      const headers = { 'idempotency-key': anId() }
      const { status } = await world.call(server, 'POST', `${path}/${route}?wait=committed`, {
        token,
        headers,
        body,
      })
      expect(status).toBe(200)
    }
  }
  const kept = (await world.readAll(server, session.id)).map(({ checkpoint }) => checkpoint)
  const typed = [true, true, true]
  expect(kept).toEqual([...MARKED, ...MARKED, ...typed, ...MARKED, ...typed])
  const [row] = await world.sql`
    select count(*)::int from session_events where session_id = ${session.id} and checkpoint`
  expect(row?.count).toBe(kept.filter(Boolean).length)
})
