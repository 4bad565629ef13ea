import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ApiDocument } from '../support/api-document.js'
import { readText, sectionOf } from '../support/documents.js'
import type { ProductProcess } from '../support/process.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'
import { type Platform, routeHandlers } from './backend.js'
import { recordInterview } from './tab.js'
import { follow } from './watch.js'

let world: World
let server: ProductProcess
let backend: ReturnType<typeof routeHandlers>
beforeAll(async () => {
  world = await makeWorld({ env: { FLUSH_DUE_MS: '200' } })
  server = await world.startServer()
  await world.startWorker()
  backend = routeHandlers(server.url, await world.token('service'), aPlatform())
})
afterAll(async () => {
  await backend.recorder.close()
  await world[Symbol.asyncDispose]()
})

/** The platform's own part: one file, a shell that knows one command, one test. */
function aPlatform(): Platform {
  const files = new Map<string, string>()
  return {
    execute: async (_id, command) => ({ stdout: `${command}: done\n`, stderr: '', exitCode: 0 }),
    read: async (id, path) => files.get(`${id} ${path}`) ?? null,
    write: async (id, path, content) => void files.set(`${id} ${path}`, content),
    runTests: async () => [
      { testName: 'adds', passed: true, duration: 12 },
      { testName: 'subtracts', passed: false, duration: 3 },
    ],
    ask: async () => ({ content: 'Use a map.', model: 'a-model', inputTokens: 11, outputTokens: 4 }),
  }
}

/** Calls a handler as Next.js does. */
async function call<T>(
  handler: (request: Request, context: { params: Promise<{ id: string }> }) => Promise<Response>,
  id: string,
  body: unknown,
): Promise<T> {
  const request = new Request('http://platform/api', { method: 'POST', body: JSON.stringify(body) })
  const response = await handler(request, { params: Promise.resolve({ id }) })
  expect(response.status).toBe(200)
  return response.json() as Promise<T>
}
const begin = (candidateId: string) =>
  call<{ sessionId: string; token: string }>(backend.begin, '', {
    candidateId,
    question: { title: 'Two Sum', language: 'python' },
  })

test("the README's backend records a command, a save, a test run and a turn of the chat", async () => {
  expect(readText('tests/readme/backend.ts').trimEnd().split('\n').length).toBeLessThan(60)
  const { sessionId: id } = await begin('ada')
  expect(await begin('ada')).toMatchObject({ sessionId: id })
  expect(await call(backend.terminal, id, { command: 'ls' })).toMatchObject({ exitCode: 0 })
  await call(backend.save, id, { path: 'main.py', language: 'python', content: 'a = 1\n' })
  await call(backend.save, id, { path: 'main.py', language: 'python', content: 'a = 1\nb = 2\n' })
  expect(await call(backend.tests, id, { language: 'python' })).toHaveLength(2)
  expect(await call(backend.chat, id, { message: 'How?' })).toMatchObject({ content: 'Use a map.' })
  expect(await call(backend.submit, id, { finalCode: 'a = 1\nb = 2\n' })).toMatchObject({
    status: 'COMPLETED',
  })

  const { sql } = world
  const events = await sql`
    select seq::int, type, checkpoint from session_events where session_id = ${id} order by seq`
  expect(events.map(({ type }) => type)).toEqual([
    'session_start',
    'terminal_input',
    'terminal_output',
    'file_write',
    'code_snapshot',
    'file_write',
    'code_snapshot',
    'test_run_start',
    'test_result',
    'test_result',
    'ai_interaction',
    'ai_interaction',
    'session_submit',
  ]) // prettier-ignore
  expect(
    await sql`
    select file_id, language, full_content, lines_added, lines_deleted from code_snapshots
    where session_id = ${id} order by seq`,
  ).toEqual([
    { file_id: 'main.py', language: 'python', full_content: 'a = 1\n', lines_added: 1, lines_deleted: 0 },
    {
      file_id: 'main.py',
      language: 'python',
      full_content: 'a = 1\nb = 2\n',
      lines_added: 1,
      lines_deleted: 0,
    },
  ])
  expect(await sql`select test_name, passed from test_results where session_id = ${id} order by seq`).toEqual(
    [
      { test_name: 'adds', passed: true },
      { test_name: 'subtracts', passed: false },
    ],
  )
  const turns = await sql`
    select role, content, model, output_tokens::int, latency from claude_interactions
    where session_id = ${id} order by seq`
  expect(turns).toEqual([
    { role: 'user', content: 'How?', model: null, output_tokens: null, latency: null },
    {
      role: 'assistant',
      content: 'Use a map.',
      model: 'a-model',
      output_tokens: 4,
      latency: expect.any(Number),
    },
  ])
})

test("the README's tab and watcher record and show beside the backend", async () => {
  const { sessionId: id, token } = await begin('grace')
  const proctor = await backend.recorder.createToken(id, { role: 'proctor', sub: 'ada' })
  const { events, watcher } = follow(server.url, proctor.token, id)
  const recorder = recordInterview(server.url, token)
  await recorder.whenReceived()
  await call(backend.terminal, id, { command: 'ls' })
  await watcher.annotate({ kind: 'note', text: 'quick' })

  await waitFor('the watcher', () => events.length >= 7)
  expect(events.map((event) => event.seq)).toEqual([1, 2, 3, 4, 5, 6, 7])
  expect(events.map((event) => event.type)).toEqual([
    'session_start',
    'editor_open',
    'code_edit',
    'terminal_input',
    'terminal_input',
    'terminal_output',
    'proctor_note',
  ]) // prettier-ignore

  await recorder.close({ waitFor: 'committed' })
  watcher.stop()
  await call(backend.submit, id, { finalCode: 'print(42)\n' })
  const { files } = (await backend.recorder.getState(id)) as unknown as { files: Record<string, string> }
  expect(files).toEqual({ 'main.py': 'print(42)\n' })
})

test('routes that the README names are in the OpenAPI document', async () => {
  const { body } = await world.call<ApiDocument>(server, 'GET', '/docs/json', { token: null })
  const known = Object.entries(body.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
  )
  const named = [...readText('README.md').matchAll(/`((?:GET|POST|PATCH|DELETE) \/v1[^`?\s]*)/g)].map(
    ([, route = '']) => route,
  )
  expect(named.length).toBeGreaterThan(10)
  for (const route of named) expect(known).toContain(route)
  expect(sectionOf(readText('README.md'), '## In the place of a session service of your own')).toContain(
    '`GET /v1',
  )
})
