import { expect, test } from 'vitest'
import { waitFor } from '../support/wait-for.js'
import { makeWorld } from '../support/world.js'
import { interviews } from './backend.js'
import { recordInterview } from './tab.js'
import { follow } from './watch.js'

test("the README's examples record, show and close an interview", async () => {
  await using world = await makeWorld({ env: { FLUSH_DUE_MS: '200' } })
  const [server] = await Promise.all([world.startServer(), world.startWorker()])
  const platform = interviews(server.url, await world.token('service'))

  const { sessionId, token } = await platform.begin('somebody')
  expect(await platform.begin('somebody')).toMatchObject({ sessionId })
  const { events, watcher } = follow(server.url, await platform.proctorToken(sessionId, 'ada'), sessionId)
  const recorder = recordInterview(server.url, token)
  await recorder.whenReceived()
  await platform.testRan(sessionId, 1, 'prints 42', true)
  await platform.testRan(sessionId, 1, 'prints 42', true)
  await watcher.annotate({ kind: 'note', text: 'quick' })

  await waitFor('the watcher', () => events.length >= 5)
  const types = ['editor_open', 'code_edit', 'terminal_input', 'test_result', 'proctor_note']
  expect(events.map((event) => event.type)).toEqual(types)
  expect(events.map((event) => event.seq)).toEqual([1, 2, 3, 4, 5])

  await recorder.close({ waitFor: 'committed' })
  watcher.stop()
  expect(await platform.finish(sessionId)).toMatchObject({ status: 'COMPLETED', eventCount: 5 })
  const { body } = await world.call<{ files: Record<string, string> }>(
    server,
    'GET',
    `/v1/sessions/${sessionId}/state`,
  )
  expect(body.files).toEqual({ 'main.py': 'print(42)\n' })
})
