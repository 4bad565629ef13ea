import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signToken } from '../../server/auth/tokens.js'
import { openBrowser } from '../support/browser.js'
import { startMessagesApi } from '../support/messages-api.js'
import type { ProductProcess } from '../support/process.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'
import { openCandidate } from './open-candidate.js'

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

test('code runs for real: loops are ended, errors have their place, network and stores are out of reach', async () => {
  const { candidate, page, context, misdeeds } = await openCandidate(browser, server.url)
  await candidate.start(`${server.url}/demo`)
  const program = async (path: string, lines: string[]) => {
    await candidate.makeFile(path)
    await candidate.pasteForeign(lines.join('\n'))
  }
  const shows = (text: string) => waitFor(text, async () => (await candidate.screen()).includes(text))

  await program('loop.js', ["console.log('begun')", 'for (;;);'])
  await page.locator('.demo-screen').click()
  await candidate.type('node loop.js\n')
  await shows('\nbegun')
  await candidate.press('Control+c')
  await shows('^C')

  await program('reach.js', [
    "const tried = async (name, act) => console.log(name, await act().then(() => 'reached', () => 'refused'))",
    "await tried('fetch', () => fetch('/readyz'))",
    "await tried('import', () => eval('import(\"/theme.js\")'))",
    "console.log('stores', typeof indexedDB, typeof caches, typeof navigator.locks)",
    "console.log('eval', eval('1 + 1'))",
    'throw new TypeError("at the end")',
  ])
  await candidate.run('clear')
  await candidate.run('node reach.js')
  const screen = await candidate.screen()
  for (const line of ['fetch refused', 'import refused', 'stores undefined undefined undefined', 'eval 2']) {
    expect(screen).toContain(line)
  }
  expect(screen).toMatch(/TypeError: at the end\n +at reach\.js:6:7/)

  await program('broken.js', ['let a = 1', 'const = 2'])
  await candidate.run('clear')
  await candidate.run('node broken.js; echo code $?')
  expect(await candidate.screen()).toMatch(/broken\.js:2:7\nconst = 2\n {6}\^\nSyntaxError: .*\ncode 1\n/)

  await program('slow.test.js', [
    "import { test } from 'node:test'",
    "test('never ends', () => { for (;;); })",
  ])
  await candidate.run('npm test slow')
  await page.getByRole('tab', { name: 'Tests' }).click()
  await page.locator('.demo-result[data-outcome="failed"]', { hasText: 'never ends' }).waitFor()
  await page.getByText('Is there an endless loop?').first().waitFor()
  // What was out of reach is reported by the browser, and nothing else is.
  expect(misdeeds().filter((misdeed) => !/Content Security Policy/.test(misdeed))).toEqual([])
  await context.close()
})

test('without a connection the work goes on, is kept, and is there when the connection is back', async () => {
  const { candidate, page, context, misdeeds } = await openCandidate(browser, server.url)
  await candidate.start(`${server.url}/demo`)
  await page.locator('recorder-status[data-tone="good"]').waitFor()
  const { port } = server
  await server.kill()
  await page.locator('.demo-banner[data-state="offline"]').waitFor()
  await candidate.caretBehind('return []')
  await candidate.type(' // offline')
  server = await world.startServer({ PORT: String(port) })
  await page.locator('.demo-banner').waitFor({ state: 'detached' })
  const files = await candidate.files()
  const { sessionId } = await page.evaluate(() => JSON.parse(sessionStorage.getItem('demo.access') ?? '{}'))
  await candidate.submit()
  const path = `/v1/sessions/${sessionId}/state`
  expect((await world.call<{ files: object }>(server, 'GET', path)).body.files).toEqual(files)
  expect(JSON.stringify(files)).toContain('// offline')
  expect(misdeeds()).toEqual([])
  await context.close()
})

test('a model of the service answers where there is one, and is recorded by the service alone', async () => {
  await using api = await startMessagesApi()
  const withModel = await world.startServer({ ANTHROPIC_API_KEY: 'a key', ANTHROPIC_BASE_URL: api.url })
  const { candidate, page, context, misdeeds } = await openCandidate(browser, withModel.url)
  await page.goto(`${withModel.url}/demo`)
  await page.getByText('goes to a language model').waitFor()
  await candidate.start(`${withModel.url}/demo`)
  api.next({ text: 'Sort first:\n\n```js\nmeetings.sort()\n```\nThen walk.', pieces: 5 })
  const answer = await candidate.ask('How?')
  expect(await answer.textContent()).toContain('Then walk.')
  await page.getByRole('heading', { name: 'Assistant', exact: true }).first().waitFor()
  await answer.getByRole('button', { name: 'Insert at the cursor' }).click()
  const { sessionId } = await page.evaluate(() => JSON.parse(sessionStorage.getItem('demo.access') ?? '{}'))
  await candidate.submit()
  const path = `/v1/sessions/${sessionId}/state`
  const { body } = await world.call<{ chat: { role: string; content: string }[] }>(withModel, 'GET', path)
  expect(body.chat.map(({ role }) => role)).toEqual(['system', 'user', 'assistant'])
  expect(body.chat[2]?.content).toContain('meetings.sort()')
  expect(misdeeds()).toEqual([])
  await context.close()
  await withModel.kill()
})

test('whether there is a model is found out by asking, where a platform has made the session', async () => {
  const session = await world.createSession(server)
  const { candidate, page, context, misdeeds } = await openCandidate(browser, server.url)
  await candidate.start(`${server.url}/demo#token=${session.candidateToken}`)
  const answer = await candidate.ask('how do I sort?')
  expect(await answer.textContent()).toContain('(Scripted answer.)')
  await page.getByText('No model is connected').waitFor()
  // A browser tells of each answer that refuses.
  expect(misdeeds().filter((misdeed) => !misdeed.includes('501'))).toEqual([])
  await context.close()
})

test('links that are expired, damaged or of nobody are told apart', async () => {
  const session = await world.createSession(server)
  const claims = { role: 'candidate', sub: session.candidateId, sid: session.id, expiresInSec: 60 } as const
  const tokens = {
    TOKEN_EXPIRED: await signToken({ ...claims, expiresInSec: -60 }, world.secret),
    TOKEN_INVALID: await signToken(claims, `${world.secret}x`),
    SESSION_NOT_FOUND: await signToken(
      { ...claims, sid: '00000000-0000-4000-8000-000000000000' },
      world.secret,
    ),
  }
  const { page, context } = await openCandidate(browser, server.url)
  const titles = new Set<string | null>()
  for (const [code, token] of Object.entries(tokens)) {
    await page.goto('about:blank')
    await page.goto(`${server.url}/demo#token=${token}`)
    await page.locator(`[data-code="${code}"]`).waitFor()
    titles.add(await page.getByRole('heading', { level: 1 }).textContent())
  }
  expect(titles.size).toBe(3)
  // A link that is opened in the same tab changes the fragment alone.
  await page.goto(`${server.url}/demo#token=${await world.token('proctor')}`)
  await page.getByRole('heading', { name: 'This link does not open an interview' }).waitFor()
  await page.getByRole('button', { name: 'Start a demo interview instead' }).click()
  await page.getByRole('button', { name: 'Start interview' }).waitFor()
  await context.close()
})

test('whom an invitation waits for is told what is left, as its clock runs from when it was made', async () => {
  const session = await world.createSession(server, { timeLimit: 45 * 60 })
  // Between two minutes, so that the time that this takes changes none.
  await world.sql`update session_recordings set start_time = now() - interval '19 minutes 30 seconds' where id = ${session.id}`
  const { page, context, misdeeds } = await openCandidate(browser, server.url)
  await page.goto(`${server.url}/demo#token=${session.candidateToken}`)
  await page.getByText('You have 25 minutes left: the clock is already running.').waitFor()
  expect(await page.getByText('the clock starts when you do').count()).toBe(0)
  await page.getByRole('button', { name: 'Start interview' }).click()
  await page.getByRole('timer', { name: /^2[45]:\d\d left$/ }).waitFor()
  expect(misdeeds()).toEqual([])
  await context.close()
})

test('what is left of an invitation is told by the service’s clock, however this computer’s goes', async () => {
  const session = await world.createSession(server, { timeLimit: 45 * 60 })
  await world.sql`update session_recordings set start_time = now() - interval '19 minutes 30 seconds' where id = ${session.id}`
  const { page, context, misdeeds } = await openCandidate(browser, server.url)
  await page.clock.install({ time: Date.now() + 50 * 60_000 })
  await page.goto(`${server.url}/demo#token=${session.candidateToken}`)
  await page.getByText('You have 25 minutes left: the clock is already running.').waitFor()
  expect(misdeeds()).toEqual([])
  await context.close()
})

test('it can be worked by keyboard alone, and on a narrow screen without scrolling sideways', async () => {
  const viewport = { width: 390, height: 844 }
  const { candidate, page, context, misdeeds } = await openCandidate(browser, server.url, { viewport })
  await page.goto(`${server.url}/demo`)
  const width = () => page.evaluate(() => document.documentElement.scrollWidth)
  const focused = () =>
    page.evaluate(() => {
      const { activeElement } = document
      if (activeElement === null || activeElement === document.body) return ''
      return activeElement.getAttribute('aria-label') ?? activeElement.textContent
    })
  const tabTo = (name: string) =>
    waitFor(`the focus on ${name}`, async () => {
      if ((await focused()).includes(name)) return true
      await page.keyboard.press('Tab')
      return false
    })
  await page.getByRole('button', { name: 'Start interview' }).waitFor()
  expect(await width()).toBe(390)
  await tabTo('Start interview')
  await page.keyboard.press('Enter')
  await candidate.editor().waitFor()
  expect(await width()).toBe(390)

  await tabTo('Code of free-slots.js')
  await candidate.type('x')
  // The first one would close a list of completions.
  await candidate.closeCompletions()
  await page.keyboard.press('Escape')
  await page.keyboard.press('Tab')
  expect(await focused()).not.toContain('Code of')
  await tabTo('Terminal')
  await page.keyboard.press('Enter')
  await tabTo('Terminal. Shift and Tab leaves it.')
  await candidate.type('pwd\n')
  await waitFor('the answer', async () => (await candidate.screen()).includes('/home/candidate/interview\n'))
  await page.keyboard.press('Shift+Tab')
  expect(await focused()).not.toContain('Terminal.')
  await candidate.press('Control+Enter')
  await page.locator('.demo-tests[data-state="done"]').waitFor()
  expect(await width()).toBe(390)
  await tabTo('Take a break')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'On a break' }).waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'On a break' }).waitFor({ state: 'detached' })
  await tabTo('Submit')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  expect(misdeeds()).toEqual([])
  await context.close()
})
