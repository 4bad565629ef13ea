import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AiTurn } from '../../protocol/ai-turn.js'
import { createReplayEngine } from '../../replay/engine.js'
import { screenOf, stepsOf } from '../../replay/test-support/screen.js'
import { type MessagesApi, startMessagesApi } from '../support/messages-api.js'
import type { ProductProcess } from '../support/process.js'
import { startProxy, type TcpProxy } from '../support/tcp-proxy.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'
import { openSite, type TestSite } from './page/open-page.js'

let world: World
let api: MessagesApi
let server: ProductProcess
let proxy: TcpProxy
let site: TestSite
beforeAll(async () => {
  world = await makeWorld({ env: { FLUSH_DUE_MS: '200', SWEEP_EVERY_MS: '200', ALLOWED_ORIGINS: '*' } })
  api = await startMessagesApi()
  server = await world.startServer({ ANTHROPIC_API_KEY: 'key', ANTHROPIC_BASE_URL: api.url })
  await world.startWorker()
  proxy = await startProxy(server.port)
  site = await openSite(['whole'])
})
afterAll(async () => {
  await site?.[Symbol.asyncDispose]()
  await proxy?.close()
  await world?.[Symbol.asyncDispose]()
  await api?.[Symbol.asyncDispose]()
})

const HTML = `<recorder-status></recorder-status>
<div id="terminal" style="width: 800px; height: 500px"></div>`

async function openInterview() {
  const { id, candidateToken } = await world.createSession(server)
  const query = { url: proxy.url, token: candidateToken, session: id }
  const opened = await site.open('whole', { html: HTML, query })
  const committed = (page: Page) => page.evaluate(() => globalThis.wholePage.recorder.whenCommitted())
  return { id, ...opened, committed, [Symbol.asyncDispose]: opened[Symbol.asyncDispose] }
}

const lineOf = (page: Page) =>
  page.evaluate(() => document.querySelector('recorder-status')?.shadowRoot?.textContent ?? '')

test('a terminal through a lost network and a pause: the rows make the screen, the signals tell of it once', async () => {
  await using interview = await openInterview()
  const { id, page, context, committed } = interview
  await waitFor('recording', async () => (await lineOf(page)).startsWith('Recording'))
  await page.click('#terminal')
  await page.keyboard.type('ls\r')
  await context.setOffline(true)
  proxy.cut()
  await page.keyboard.type('offline\r')
  await waitFor('offline, and said so', async () =>
    /^Offline · kept on this device, \d+ events wait$/.test(await lineOf(page)),
  )
  await context.setOffline(false)
  await committed(page)
  await waitFor('saved, and said so', async () => /^Recording · saved up to \S+$/.test(await lineOf(page)))

  await page.evaluate(() => {
    const { recorder, terminal } = globalThis.wholePage
    recorder.pause('tea')
    terminal.write('\u001b[2J\u001b[Hunseen\r\n$ ')
  })
  await page.keyboard.type('also unseen')
  expect(await lineOf(page)).toBe('Paused · nothing is recorded')
  await page.evaluate(() => globalThis.wholePage.recorder.resume())
  const burst = 'a line of a burst\r\n'.repeat(14_000)
  await page.evaluate((text) => globalThis.wholePage.terminal.write(text), burst)
  const lines = await page.evaluate(() => globalThis.wholePage.screen())
  await committed(page)

  const events = await world.readAll(server, id)
  const engine = createReplayEngine()
  engine.insert(events)
  const rebuilt = await screenOf(stepsOf(engine.stateAt()))
  expect(rebuilt.slice(1, -1)).toEqual(lines)
  const streamed = (channel: string) =>
    events
      .filter(
        ({ type, data }) => type === 'terminal_stream' && (data as { channel: string }).channel === channel,
      )
      .map(({ data }) => (data as { data: string }).data)
      .join('')
  expect(streamed('i')).toBe('ls\roffline\r')
  expect(streamed('o')).toContain(burst)
  const connection = events.filter(({ type }) => type.startsWith('connection_')).map(({ type }) => type)
  expect(connection).toEqual(['connection_lost', 'connection_restored'])
})

test('a test run is a run with its code; an answer that is cut by a reload has what had come', async () => {
  await using interview = await openInterview()
  const { id, page, committed } = interview
  await waitFor('recording', async () => (await lineOf(page)).startsWith('Recording'))
  await page.evaluate(() => {
    globalThis.wholePage.runTests()
    globalThis.wholePage.ask('why?').text('half an')
  })
  await page.reload()
  await page.waitForFunction(() => document.documentElement.dataset.ready === 'yes')
  await committed(page)
  const turns = await waitFor('both turns', async () => {
    const events = await world.readAll(server, id)
    const found = events.filter(({ type }) => type === 'ai_interaction')
    return found.length === 2 && found.map(({ data }) => data as AiTurn)
  })
  expect(turns).toMatchObject([
    { role: 'user', content: 'why?' },
    { role: 'assistant', content: 'half an', model: 'scripted', error: { type: 'aborted' } },
  ])
  const events = await world.readAll(server, id)
  expect(events.filter(({ type }) => type === 'tab_hidden').length).toBe(1)
  const engine = createReplayEngine()
  engine.insert(events)
  const [run] = engine.stateAt().testRuns
  expect(run).toMatchObject({ testCount: 2, passedCount: 1, failedCount: 1 })
  const snapshots = await world.call<{ codeSnapshots: { content: string }[] }>(
    server,
    'GET',
    `/v1/sessions/${id}/code-snapshots`,
  )
  expect(JSON.stringify(snapshots.body)).toContain('export const sum')
})

test('the service’s own chat: read as it comes, recorded once, by the service', async () => {
  await using interview = await openInterview()
  const { id, page, committed } = interview
  api.next({ text: 'Use a map 😀.\nIt is faster.', pieces: 5 })
  const pieces = await page.evaluate(() => globalThis.wholePage.askService('how?'))
  expect(pieces.length).toBeGreaterThan(1)
  expect(pieces.join('')).toBe('Use a map 😀.\nIt is faster.')
  api.next({ status: 400, type: 'invalid_request_error' })
  const refused = page.evaluate(() => globalThis.wholePage.askService('again?'))
  await expect(refused).rejects.toThrow('RecorderError')
  await committed(page)
  const turns = await waitFor('the turns', async () => {
    const events = await world.readAll(server, id)
    const all = events.flatMap(({ type, data }) => (type === 'ai_interaction' ? [data as AiTurn] : []))
    const found = all.filter(({ role }) => role !== 'system')
    return found.length >= 4 && found
  })
  expect(turns.map(({ role, content }) => [role, content])).toEqual([
    ['user', 'how?'],
    ['assistant', 'Use a map 😀.\nIt is faster.'],
    ['user', 'again?'],
    ['assistant', ''],
  ])
})
