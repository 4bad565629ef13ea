import { join } from 'node:path'
import type { Browser, Page, Route } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, openPage } from './support/browser.js'
import { ROOT } from './support/documents.js'
import {
  aRecordedInterview,
  expectPanesAsState,
  momentOf,
  shownCode,
  shownScreen,
} from './support/player-page.js'
import type { ProductProcess } from './support/process.js'
import type { RecordedSession } from './support/recorded-session.js'
import { type StaticHost, staticHost } from './support/static-host.js'
import { waitFor } from './support/wait-for.js'
import { makeWorld, type World } from './support/world.js'

/** What is played: not the session's row, and not the index of its recording. */
const RECORDED = /\/v1\/sessions\/[^/]+\/(events|keyframes)(\?|$)/

let world: World
let server: ProductProcess
let browser: Browser
let interview: RecordedSession
let startMs: number
let embedding: StaticHost

beforeAll(async () => {
  world = await makeWorld()
  embedding = await staticHost(join(ROOT, 'dist/player'))
  const env = { ALLOWED_ORIGINS: embedding.origin }
  ;[server] = await Promise.all([world.startServer(env), world.startWorker()])
  browser = await openBrowser()
  interview = await aRecordedInterview(world, server)
  startMs = Math.min(...(await interview.all()).map(({ timestamp }) => timestamp))
  // Else the service makes keyframes while it is asked.
  await interview.archived()
})
afterAll(async () => {
  await browser?.close()
  await embedding?.[Symbol.asyncDispose]()
  await world?.[Symbol.asyncDispose]()
})

async function openPlayer(hash = '', before: (page: Page) => Promise<unknown> = async () => {}) {
  const opened = await openPage(browser, server.url)
  await before(opened.page)
  await opened.page.goto(
    `${server.url}/sessions/${interview.id}#token=${await world.token('proctor')}${hash}`,
  )
  return opened
}

/** An answer that nobody repeats a request for. */
const refuse = (route: Route) =>
  route.fulfill({ status: 400, json: { error: { code: 'INTERNAL', message: 'Out of order.' } } })

const boxesOf = (page: Page) =>
  page
    .locator('.pane, .timeline, .transport')
    .evaluateAll((all) => all.map((each) => JSON.stringify(each.getBoundingClientRect())))

test('while it loads the places are those of what comes, and say that it does', async () => {
  let answer = () => {}
  const mayAnswer = new Promise<void>((resolve) => {
    answer = resolve
  })
  const { page, context, misdeeds } = await openPlayer('&t=9:30', (before) =>
    before.route(RECORDED, async (route) => {
      await mayAnswer
      await route.continue()
    }),
  )
  await page.locator('.code-pane').getByText('Loading…').waitFor()
  await page.locator('.side-panel').getByText('Loading…').waitFor()
  await page.getByText('Loading this moment…').waitFor()
  const before = await boxesOf(page)
  answer()
  await expectPanesAsState(page, interview, startMs + 570_000)
  expect(await boxesOf(page)).toEqual(before)
  expect(await page.getByText('Loading', { exact: false }).count()).toBe(0)
  expect(misdeeds).toEqual([])
  await context.close()
})

test('a moment that can’t be loaded says so, first and later, and is loaded when it is tried again', async () => {
  const { page, context } = await openPlayer('&t=9:30', (before) => before.route(RECORDED, refuse))
  const alert = page.getByRole('alert')
  await alert.getByText('This moment could not be loaded. Out of order.').waitFor()
  await page.locator('.code-pane').getByText('This moment is not loaded.').waitFor()
  await page.locator('.side-panel').getByText('This moment is not loaded.').waitFor()
  await page.unroute(RECORDED)
  await page.getByRole('button', { name: 'Try again' }).click()
  await expectPanesAsState(page, interview, startMs + 570_000)
  expect(await alert.count()).toBe(0)

  const code = await shownCode(page)
  await page.route(RECORDED, refuse)
  await page.keyboard.press('Home')
  await alert.getByText('so the panes still show another').waitFor()
  expect(await shownCode(page)).toBe(code)
  await page.unroute(RECORDED)
  await page.route(RECORDED, (route) => route.abort())
  await page.getByRole('button', { name: 'Try again' }).click()
  await alert.getByText('The service could not be reached.').waitFor()
  await page.unroute(RECORDED)
  await page.getByRole('button', { name: 'Try again' }).click()
  await waitFor('the start', async () => (await shownCode(page)) !== code)
  expect(await alert.count()).toBe(0)
  await context.close()
})

test('a step that can’t be done says so, and is done when it is tried again', async () => {
  const { page, context, misdeeds } = await openPlayer('&t=9:30', (before) => before.route(RECORDED, refuse))
  const alert = page.getByRole('alert')
  await alert.getByText('This moment could not be loaded. Out of order.').waitFor()
  await page.keyboard.press(']')
  await alert
    .getByText('The place to step to could not be loaded, so the playhead stays. Out of order.')
    .waitFor()
  expect(momentOf(page)).toBe(570_000)
  await page.unroute(RECORDED)
  await page.getByRole('button', { name: 'Try again' }).click()
  const atMs = await waitFor('the step', () => {
    const now = momentOf(page)
    return now === 570_000 ? null : now
  })
  expect(atMs).toBeGreaterThan(570_000)
  await expectPanesAsState(page, interview, startMs + atMs)
  expect(await alert.count()).toBe(0)
  // What was refused is told by the browser itself.
  expect(misdeeds.filter((misdeed) => !misdeed.includes('status of 400'))).toEqual([])
  await context.close()
})

test('a session that can’t be read says what that means, and is read when it is tried again', async () => {
  const row = `**/v1/sessions/${interview.id}`
  const { page, context } = await openPlayer('', (before) => before.route(row, refuse))
  const alert = page.getByRole('alert')
  await alert.getByText('This session could not be loaded').waitFor()
  expect(await alert.textContent()).toContain('No recording is affected. The service said INTERNAL: Out of')
  await page.unroute(row)
  await alert.getByRole('button', { name: 'Try again' }).click()
  await page.locator('.liveness[data-kind="closed"]').waitFor()
  await context.close()
})

test('the embedded player begins anew when it is tried again', async () => {
  const player = `<interviewlm-session-player url="${server.url}" session-id="${interview.id}" at="9:30" token="${await world.token('proctor', interview.id)}"></interviewlm-session-player>`
  embedding.pages['/'] = {
    text: `<!doctype html><title>A page</title><script type="module" src="/session-player.js"></script>${player}`,
  }
  const { page, context } = await openPage(browser, embedding.origin)
  const row = `**/v1/sessions/${interview.id}`
  await page.route(row, refuse)
  await page.goto(embedding.origin)
  await page.getByRole('alert').getByText('This session could not be opened').waitFor()
  await page.unroute(row)
  await page.getByRole('button', { name: 'Try again' }).click()
  await expectPanesAsState(page, interview, startMs + 570_000)
  expect(await page.getByRole('alert').count()).toBe(0)
  await context.close()
})

test('before anything was printed the terminal is empty, and before anything happened there is no playhead', async () => {
  const { page, context, misdeeds } = await openPlayer('&t=9:30')
  await waitFor('a screen', async () => (await shownScreen(page)).length > 0)
  await page.keyboard.press('Home')
  await page.locator('.terminal-pane').getByText('Nothing up to this moment.').waitFor()
  expect(await shownScreen(page)).toEqual([])
  await page.locator('.playhead').waitFor()

  const { id } = await world.createSession(server, { question: 'Nothing yet' })
  await page.goto(`${server.url}/sessions/${id}`)
  await page.getByText('Nothing yet. It shows here as it happens.').first().waitFor()
  expect(await page.locator('.playhead').count()).toBe(0)
  expect(misdeeds).toEqual([])
  await context.close()
})

test('where no live connection can be made, wall and player say so, and go on by themselves once one can', async () => {
  const { id } = await world.createSession(server, { question: 'Nothing yet' })
  const { page, context } = await openPage(browser, server.url)
  page.setDefaultTimeout(60_000)
  await page.routeWebSocket(/socket\.io/, (socket) => socket.close())
  await page.goto(`${server.url}/#token=${await world.token('proctor')}`)
  await page.getByText('The live interviews could not be read').waitFor()
  await page.locator('.recorded-link').first().waitFor()
  await page.goto(`${server.url}/sessions/${id}`)
  await page.locator('.liveness').getByText('No answer yet, still trying to connect').waitFor()
  await page.locator('.code-pane').getByText('Loading…').waitFor()
  await page.routeWebSocket(/socket\.io/, (socket) => void socket.connectToServer())
  await page.locator('.liveness[data-kind="live"], .liveness[data-kind="offline"]').waitFor()
  await context.close()
})
