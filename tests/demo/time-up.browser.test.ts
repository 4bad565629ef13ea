import type { Browser } from 'playwright-core'
import { io } from 'socket.io-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../support/browser.js'
import type { ProductProcess } from '../support/process.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'
import { type OpenedCandidate, openCandidate } from './open-candidate.js'

let world: World
let server: ProductProcess
let browser: Browser

beforeAll(async () => {
  world = await makeWorld({ env: { DEMO: 'on', FLUSH_DUE_MS: '300', ANTHROPIC_API_KEY: '' } })
  server = await world.startServer()
  await world.startWorker()
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await world?.[Symbol.asyncDispose]()
})

/** A candidate whose time is up as soon as the interview is begun: a tab is told of it also when it comes after the end. */
async function openWithoutTime(before?: (opened: OpenedCandidate) => Promise<void>) {
  const session = await world.createSession(server, { timeLimit: 1 })
  const opened = await openCandidate(browser, server.url)
  await before?.(opened)
  await opened.candidate.start(`${server.url}/demo#token=${session.candidateToken}`)
  const cover = opened.page.getByRole('alertdialog', { name: 'Time is up' })
  return { ...opened, session, cover }
}

/** What a proctor does to the interview. */
async function proctor(sessionId: string, verb: 'extend' | 'message', what: object): Promise<void> {
  const auth = { token: await world.token('proctor') }
  const socket = io(`${server.url}/proctor`, { auth, transports: ['websocket'], forceNew: true })
  expect(await socket.timeout(20_000).emitWithAck('watch', { sessionId })).toMatchObject({ ok: true })
  expect(await socket.timeout(20_000).emitWithAck(verb, { sessionId, ...what })).toMatchObject({ ok: true })
  socket.close()
}

const extend = (sessionId: string, bySec: number): Promise<void> => proctor(sessionId, 'extend', { bySec })

test('at the time limit nothing can be changed any more; with more time it goes on, and what is there is submitted', async () => {
  const { candidate, page, context, session, cover, misdeeds } = await openWithoutTime()
  await cover.waitFor()
  const before = await candidate.files()
  // Nor does who goes on typing press a button with that.
  await candidate.type('typed after the end\n')
  await candidate.press('Control+Enter')
  expect(await candidate.files()).toEqual(before)
  expect(await page.locator('.demo-panes').evaluate((panes: HTMLElement) => panes.inert)).toBe(true)
  expect(await page.locator('.demo-header').getByRole('button', { name: 'Submit' }).isDisabled()).toBe(true)

  await extend(session.id, 900)
  await cover.waitFor({ state: 'detached' })
  await page.getByText('You have 15 more minutes.').waitFor()
  await candidate.caretBehind('return []')
  await candidate.type(' // more')
  await waitFor('what is typed', async () => JSON.stringify(await candidate.files()).includes('// more'))
  await candidate.submit()
  expect(misdeeds()).toEqual([])
  await context.close()
})

test('time that was given while the tab was away lifts the end once it is back, and is said once', async () => {
  const { page, context, session, cover } = await openWithoutTime()
  await cover.waitFor()
  const { port } = server
  await server.kill()
  server = await world.startServer()
  await extend(session.id, 900)
  await server.stop()
  let toldTimes = 0
  page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => {
      if (String(payload).includes('time-extended')) toldTimes += 1
    }),
  )
  server = await world.startServer({ PORT: String(port) })
  await cover.waitFor({ state: 'detached' })
  await page.getByText('You have 15 more minutes.').waitFor()
  // Told again at each later connection, it is no news. What comes over that one afterwards is shown after it would be.
  await server.kill()
  const toldBefore = toldTimes
  server = await world.startServer({ PORT: String(port) })
  await waitFor('it to be told again', () => toldTimes >= 2 && toldTimes > toldBefore)
  await proctor(session.id, 'message', { text: 'Go on with the second part' })
  await page.getByText('Go on with the second part').waitFor()
  expect(await page.getByText(/more minutes/).count()).toBe(1)
  expect((await world.getSession(server, session.id)).status).toBe('ACTIVE')
  await context.close()
})

test('it ends a break, and can be submitted at once', async () => {
  const session = await world.createSession(server, { timeLimit: 3600 })
  const { candidate, page, context } = await openCandidate(browser, server.url)
  await candidate.start(`${server.url}/demo#token=${session.candidateToken}`)
  await page.getByRole('button', { name: 'Take a break' }).click()
  await page.getByRole('heading', { name: 'On a break' }).waitFor()
  // A tab that comes back is told of an end that came meanwhile.
  const { port } = server
  await server.kill()
  await world.sql`update session_recordings set time_limit = 1 where id = ${session.id}`
  server = await world.startServer({ PORT: String(port) })
  const cover = page.getByRole('alertdialog', { name: 'Time is up' })
  await cover.waitFor()
  await cover.getByRole('button', { name: 'Submit now' }).click()
  await page.getByText('Your code and the recording are saved').waitFor()
  expect((await world.getSession(server, session.id)).status).toBe('COMPLETED')
  const types = (await world.readAll(server, session.id)).map(({ type }) => type)
  expect(types).toContain('session_submit')
  await context.close()
})

test('nobody there, it is submitted by itself', async () => {
  const { page, context, session, cover } = await openWithoutTime(({ page }) => page.clock.install())
  await cover.waitFor()
  const saved = page.getByText('Your code and the recording are saved')
  const isConnected = page.locator('recorder-status[data-tone="good"]')
  // Each jump ends connections that were silent for as long; without one nothing is submitted, and the minute begins again.
  await waitFor('it to be submitted', async () => {
    await saved.or(isConnected).first().waitFor()
    if (await saved.isVisible()) return true
    await page.clock.fastForward(25_000)
    return false
  })
  const types = (await world.readAll(server, session.id)).map(({ type }) => type)
  expect(types).toContain('session_submit')
  await context.close()
})

test('where the service closes sessions at their limit, the page says that this was why', async () => {
  const closing = await world.startServer({ CLOSE_AT_TIME_UP: 'on' })
  const session = await world.createSession(closing, { timeLimit: 5 })
  const { candidate, page, context } = await openCandidate(browser, closing.url)
  await candidate.start(`${closing.url}/demo#token=${session.candidateToken}`)
  await page.getByRole('heading', { level: 1, name: 'Time is up' }).waitFor()
  await page.getByText('The interview was ended at its time limit.').waitFor()
  await context.close()
  await closing.kill()
})
