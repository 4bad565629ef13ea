import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RecordedEvent } from '../../protocol/events.js'
import { openBrowser, openPage } from '../support/browser.js'
import { ROOT, readText } from '../support/documents.js'
import type { ProductProcess } from '../support/process.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'
import { type Answer, type PageServer, servePages } from './page-server.js'
import { makeProject, type Project } from './project.js'

let world: World
let server: ProductProcess
let browser: Browser
let project: Project

beforeAll(async () => {
  const [started, made] = await Promise.all([startService(), makeProject()])
  world = started.world
  server = started.server
  project = made
  await project.tool('vite/bin/vite.js', ['build', '--logLevel', 'warn'], { RECORDER_URL: server.url })
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  project?.[Symbol.dispose]()
  await world?.[Symbol.asyncDispose]()
})

async function startService() {
  const world = await makeWorld({ env: { FLUSH_DUE_MS: '200' } })
  const [server] = await Promise.all([world.startServer(), world.startWorker()])
  return { world, server }
}

test('a Vite project that takes every entry point is built, runs, and is recorded', async () => {
  await using pages = await serveProject()
  const session = await world.createSession(server)
  const { page, misdeeds } = await open(pages, {
    page: 'all',
    url: server.url,
    token: session.candidateToken,
  })
  await page.click('.cm-content')
  await page.keyboard.press('Control+End')
  await page.keyboard.type('let b')
  await page.keyboard.press('Control+A')
  await page.keyboard.press('Control+C')

  const events = await rows(session.id, (event) => event.type === 'copy')
  const of = (type: string) => events.filter((event) => event.type === type).map(({ data }) => data)
  expect(of('file_created')).toEqual([{ filePath: 'main.ts', content: 'a\n' }])
  expect(of('editor_open')).toMatchObject([{ content: 'a\n' }])
  const edits = of('code_edit')
  expect(edits[0]).toMatchObject({ changes: [[0, 0, '// hi\n']], origin: 'ai' })
  expect(edits.slice(1).map(({ origin }) => origin)).toEqual(Array(5).fill('typed'))
  expect(of('terminal_stream')).toContainEqual({ channel: 'o', data: '$ ' })
  expect(of('test_result')).toMatchObject([{ testName: 'adds', passed: true }])
  expect(of('ai_interaction')).toMatchObject([
    { role: 'user', content: 'How?' },
    { role: 'assistant', content: 'Like this.', model: 'a-model' },
  ])
  // The memory of the clipboard is one for the editor's adapter and the page's.
  expect(of('copy')).toMatchObject([{ source: 'own', lengthChars: 13 }])

  expect(await page.evaluate('isOneError()')).toBe(true)
  await page.locator('recorder-status', { hasText: 'saved up to' }).waitFor()
  expect(await page.evaluate('text()')).toMatch(/^Recording · saved up to /)
  expect(misdeeds()).toEqual([])
})

test("the README's React component records an editor, as one source in strict mode too", async () => {
  await using pages = await serveProject()
  const session = await world.createSession(server)
  const { page, misdeeds } = await open(pages, {
    page: 'react',
    url: server.url,
    token: session.candidateToken,
  })
  await page.click('.cm-content')
  await page.keyboard.type('x')
  const events = await rows(session.id, (event) => event.type === 'code_edit')
  expect(events.at(-1)).toMatchObject({ fileId: 'src/sum.ts', data: { origin: 'typed' } })
  expect(new Set(events.map(({ source }) => source))).toEqual(new Set([1]))
  await page.locator('p', { hasText: 'saved up to' }).waitFor()
  expect(misdeeds()).toEqual([])
})

test("the README's Next.js route and client component record what is inside", async () => {
  const env = { RECORDER_URL: server.url, RECORDER_SERVICE_TOKEN: await world.token('service') }
  await project.tool('vite/bin/vite.js', ['build', '--mode', 'backend', '--logLevel', 'warn'])
  const params = Promise.resolve({ id: 'ada' })
  // As `next build` loads it: before there are any settings.
  const { POST, DELETE } = (await import(join(project.dir, 'backend/route.js'))) as Record<string, Handler>
  Object.assign(process.env, env)
  const handle = async (handler: Handler | undefined, body?: unknown) => {
    const request = new Request('http://platform/api', { method: 'POST', body: JSON.stringify(body) })
    return (await handler?.(request, { params })) as Response
  }
  await using pages = await serveProject({
    '/api/interviews/ada/recording': async () => (await handle(POST, {})).text(),
  })
  const { page, misdeeds } = await open(pages, { page: 'next', candidateId: 'ada' })
  await page.click('button')
  const id = await waitFor('the session', async () => {
    const [session] = await world.sql<{ id: string }[]>`
      select id from session_recordings where candidate_id = 'ada'`
    return session?.id
  })
  await rows(id, (event) => event.type === 'ai_interaction')
  expect((await handle(DELETE, { finalCode: 'a' })).status).toBe(204)
  const events = await rows(id, (event) => event.type === 'session_submit')
  expect(events.find(({ type }) => type === 'ai_interaction')?.data).toEqual({
    role: 'user',
    content: 'How?',
  })
  expect((await world.getSession(server, id)).status).toBe('COMPLETED')
  expect(misdeeds()).toEqual([])
})

test("the README's plain page records with the one file that needs nothing", async () => {
  const session = await world.createSession(server)
  const html = readText('tests/package/examples/plain.html').replace(
    'https://recorder.example.com',
    server.url,
  )
  const [, script = ''] = /<script type="module">([\s\S]*?)<\/script>/.exec(html) ?? []
  const xterm = join(ROOT, 'node_modules/@xterm/xterm')
  await using pages = await servePages(project.dir, {
    policy: policyOf({ script: `'self' ${hashOf(script)}`, style: "'self' 'unsafe-inline'" }),
    answers: {
      '/index.html': () => html,
      '/xterm.js': () => readFileSync(join(xterm, 'lib/xterm.js')),
      '/xterm.css': () => readFileSync(join(xterm, 'css/xterm.css')),
      '/recorder-sdk/browser.js': () => readFileSync(join(project.installed, 'dist/browser.js')),
      '/recorder-token': () => session.candidateToken,
    },
  })
  const { page, misdeeds } = await open(pages, {})
  await page.click('#terminal')
  await page.keyboard.type('ls')
  await page.click('#submit')
  const events = await rows(session.id, (event) => event.type === 'session_submit')
  const streams = events.filter(({ type }) => type === 'terminal_stream').map(({ data }) => data)
  expect(streams.filter(({ channel }) => channel === 'i')).toMatchObject([{ data: 'l' }, { data: 's' }])
  await page.locator('recorder-status', { hasText: 'everything is saved' }).waitFor()
  expect(misdeeds()).toEqual([])
})

const IMPORT_MAP = JSON.stringify({ imports: { 'socket.io-client': '/socket.io.js' } })

test.each([
  ['the one file', { recorder: '/browser.js', signals: '/browser.js', element: '/browser.js' }],
  [
    'the modules, with an import map,',
    { recorder: '/index.js', signals: '/adapters/page-signals.js', element: '/adapters/status-element.js' },
  ],
])('%s needs no bundler, and no more of a policy than the README says', async (_what, from) => {
  const session = await world.createSession(server)
  const main = `import { createRecorder } from '${from.recorder}'
    import { recordPageSignals } from '${from.signals}'
    import { defineRecorderStatus } from '${from.element}'
    const recorder = createRecorder(${JSON.stringify({ url: server.url, token: session.candidateToken })})
    recordPageSignals(recorder)
    defineRecorderStatus()
    document.body.appendChild(document.createElement('recorder-status')).recorder = recorder
    recorder.record({ type: 'custom:here', data: {} })`
  const html = `<body><script type="importmap">${IMPORT_MAP}</script><script type="module" src="main.js"></script>`
  await using pages = await servePages(join(project.installed, 'dist'), {
    policy: policyOf({ script: `'self' ${hashOf(IMPORT_MAP)}`, style: "'self'" }),
    answers: {
      '/index.html': () => html,
      '/main.js': () => main,
      '/socket.io.js': () =>
        readFileSync(join(project.dir, 'node_modules/socket.io-client/dist/socket.io.esm.min.js')),
    },
  })
  const { page, misdeeds } = await open(pages, {})
  await rows(session.id, (event) => event.type === 'custom:here')
  expect(await page.evaluate(() => indexedDB.databases())).toMatchObject([{ name: 'interviewlm-recorder' }])
  const dot = page.locator('recorder-status [part=dot]')
  expect(await dot.evaluate((element) => getComputedStyle(element).borderRadius)).toBe('50%')
  expect(misdeeds()).toEqual([])
})

type Told = RecordedEvent & { data: Record<string, unknown> }
type Handler = (request: Request, context: { params: Promise<{ id: string }> }) => Promise<Response>

/** What the README says that a page's policy needs for the recorder: to connect to the service, in two ways. */
const policyOf = ({ script, style }: { script: string; style: string }) =>
  `default-src 'none'; script-src ${script}; style-src ${style}; img-src 'self' data:; connect-src 'self' ${server.url} ${server.url.replace('http', 'ws')}`

const hashOf = (script: string) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`

const serveProject = (answers: Record<string, Answer> = {}): Promise<PageServer> =>
  servePages(join(project.dir, 'dist'), {
    // CodeMirror and xterm.js bring styles of their own.
    policy: policyOf({ script: "'self'", style: "'self' 'unsafe-inline'" }),
    answers,
  })

async function open(pages: PageServer, options: Record<string, string>) {
  const { page, misdeeds } = await openPage(browser, pages.url)
  await page.goto(`${pages.url}/#${new URLSearchParams(options)}`)
  // The service is not where the page is from, and is asked all the same.
  const service = new RegExp(`^request: (http|ws)${server.url.slice(4)}/`)
  return { page, misdeeds: () => misdeeds.filter((misdeed) => !service.test(misdeed)) }
}

/** The rows of a session, once one is among them. */
const rows = (sessionId: string, wanted: (event: Told) => boolean): Promise<Told[]> =>
  waitFor('the rows', async () => {
    const events = (await world.readAll(server, sessionId)) as Told[]
    return events.some(wanted) && events
  })
