import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRecorder } from '../client-sdk/src/recorder.js'
import type { Recorder } from '../client-sdk/src/recorder-types.js'
import type { CreatedSessionView } from '../protocol/http/index.js'
import { signToken } from '../server/auth/tokens.js'
import { openBrowser, openPage } from './support/browser.js'
import type { ProductProcess } from './support/process.js'
import { waitFor } from './support/wait-for.js'
import { makeWorld, type World } from './support/world.js'

let world: World
let server: ProductProcess
let browser: Browser

beforeAll(async () => {
  world = await makeWorld()
  server = await world.startServer()
  await world.startWorker()
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await world?.[Symbol.asyncDispose]()
})

const signInLink = async (path = '/'): Promise<string> =>
  `${server.url}${path}#token=${await world.token('proctor')}`

const openConsole = async (path = '/', options: Parameters<Browser['newContext']>[0] = {}) => {
  const opened = await openPage(browser, server.url, options)
  await opened.page.goto(await signInLink(path))
  return opened
}

interface Interview {
  session: CreatedSessionView
  recorder: Recorder
}

async function startInterview(title: string): Promise<Interview> {
  const question = { title, language: 'typescript' }
  const session = await world.createSession(server, { question, timeLimit: 3600 })
  const recorder = createRecorder({ url: server.url, token: session.candidateToken })
  recorder.record({
    type: 'session_start',
    data: { questionTitle: title, language: 'typescript', files: [{ filePath: 'src/sum.ts', content: '' }] },
  })
  return { session, recorder }
}

/** Types a text at the end of src/sum.ts, a character an event. */
function type(recorder: Recorder, text: string, offset = 0): void {
  let at = offset
  for (const char of text) {
    const selection = { anchor: at + char.length, head: at + char.length }
    const data = { changes: [[at, 0, char]], selection, origin: 'typed' }
    recorder.record({ type: 'code_edit', fileId: 'src/sum.ts', data })
    at += char.length
  }
}

const close = (session: CreatedSessionView) =>
  world.call(server, 'POST', `/v1/sessions/${session.id}/close`, { body: { status: 'COMPLETED' } })

const codeOf = (page: Page): Promise<string> =>
  page
    .locator('.code-editor .cm-line')
    .allTextContents()
    .then((lines) => lines.join('\n'))
const screenOf = (page: Page): Promise<string | null> =>
  page.locator('.terminal-screen .xterm-rows').textContent()
const shows = (page: Page, text: string) => page.getByText(text).first().waitFor()

test('sign-in: by link, kept for the tab, gone from the address; refused and expired are told apart [R18]', async () => {
  const { page, context, misdeeds } = await openConsole()
  await shows(page, 'Nobody is being interviewed right now.')
  await shows(page, 'npm run simulate')
  expect(page.url()).toBe(`${server.url}/`)
  await page.reload()
  await shows(page, 'Nobody is being interviewed right now.')
  await page.getByRole('button', { name: 'Sign out' }).click()
  expect(misdeeds).toEqual([])

  const expired = { role: 'proctor', sub: 'p', sid: '*', expiresInSec: -60 } as const
  const tokens = {
    TOKEN_EXPIRED: await signToken(expired, world.secret),
    TOKEN_INVALID: await signToken({ ...expired, expiresInSec: 60 }, `${world.secret}x`),
    ROLE_FORBIDDEN: await world.token('candidate'),
  }
  const titles = new Set<string | null>()
  for (const [code, token] of Object.entries(tokens)) {
    await page.getByLabel('Token or sign-in link').fill(`Bearer ${token}`)
    await page.getByRole('button', { name: 'Sign in' }).click()
    titles.add(await page.locator(`[data-code="${code}"] strong`).textContent())
  }
  expect(titles.size).toBe(3)

  await page.getByLabel('Token or sign-in link').fill('no token')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await shows(page, 'This is no token.')
  await page.getByLabel('Token or sign-in link').fill(await signInLink())
  await page.getByRole('button', { name: 'Sign in' }).click()
  await shows(page, 'Nobody is being interviewed right now.')
  await context.close()
})

test('a live interview appears, moves, is saved, closes, and shows its final state', async () => {
  const { page, context, misdeeds } = await openConsole()
  await shows(page, 'Nobody is being interviewed right now.')
  const { session, recorder } = await startInterview('Sum of two')
  const card = page.locator(`.card[data-session-id="${session.id}"]`)
  await card.waitFor()
  expect(await card.textContent()).toContain('Sum of two')
  await card.click()
  await page.locator('.liveness[data-kind="live"]').waitFor()

  const code = 'const sum = (a: number, b: number) => a + b\n'
  type(recorder, code)
  await waitFor('the code', async () => (await codeOf(page)) === code)
  recorder.record({ type: 'terminal_stream', data: { channel: 'r', data: '60x10' } })
  recorder.record({
    type: 'terminal_stream',
    data: { channel: 'o', data: '$ npm test\r\n\u001b[32mall good\u001b[0m' },
  })
  await waitFor('the terminal', async () => (await screenOf(page))?.includes('all good'))
  recorder.record({ type: 'terminal_input', data: { command: 'npm test', workingDirectory: '/' } })
  recorder.record({ type: 'terminal_output', data: { stdout: 'all good', exitCode: 0 } })
  recorder.record({ type: 'ai_interaction', data: { role: 'user', content: 'is **this** right?' } })
  await shows(page, 'right?')
  recorder.record({ type: 'test_run_start', data: { testCount: 2 } })
  recorder.record({ type: 'test_result', data: { testName: 'adds', passed: true, duration: 3 } })
  recorder.record({ type: 'test_result', data: { testName: 'carries', passed: false, error: 'expected 10' } })
  await page.getByRole('tab', { name: 'Tests' }).click()
  await shows(page, 'carries')
  expect(await page.locator('.tally').textContent()).toMatch(/✓ 1\s*✗ 1/)
  await shows(page, 'All saved')

  // The past can be looked at while the interview goes on, and "Live" brings back.
  await page.getByRole('slider', { name: 'Moment of the interview' }).press('Home')
  await shows(page, 'Paused')
  await waitFor('an empty file', async () => (await codeOf(page)) === '')
  type(recorder, '// more\n', code.length)
  await page.getByRole('button', { name: 'Live' }).click()
  await waitFor('the newest code', async () => (await codeOf(page)) === `${code}// more\n`)

  recorder.record({ type: 'session_submit', data: {} })
  await recorder.close()
  await close(session)
  await page.locator('.liveness[data-kind="closed"]').waitFor()
  await page.reload()
  await page.locator('.liveness[data-kind="closed"]').waitFor()
  await waitFor('the final code', async () => (await codeOf(page)) === `${code}// more\n`)
  await waitFor('the final screen', async () => (await screenOf(page))?.includes('all good'))
  await shows(page, 'right?')
  await page.getByRole('link', { name: 'All sessions' }).click()
  const row = page.locator(`.recorded [data-session-id="${session.id}"]`)
  await row.waitFor()
  const isCounted = async () => {
    const { body } = await world.call<{ sessions: { id: string; counts: object | null }[] }>(
      server,
      'GET',
      '/v1/sessions?limit=100',
    )
    return body.sessions.some(({ id, counts }) => id === session.id && counts !== null)
  }
  await waitFor('what is counted of it', isCounted, 60_000)
  await page.reload()
  // Of which runs its results are, the table's head says; where there is none, the row.
  const ofAllRuns = row.getByText('All runs', { exact: true })
  await ofAllRuns.waitFor({ state: 'attached' })
  expect(await ofAllRuns.isVisible()).toBe(false)
  await page.setViewportSize({ width: 390, height: 800 })
  await ofAllRuns.waitFor()
  expect(misdeeds).toEqual([])
  await context.close()
})

test('a cut connection is said, and nothing is missing when it is back', async () => {
  const { session, recorder } = await startInterview('Cut')
  const { page, context, misdeeds } = await openConsole(`/sessions/${session.id}`)
  type(recorder, 'before ')
  await waitFor('the code', async () => (await codeOf(page)) === 'before ')
  const { port } = server
  await server.kill()
  await page.locator('.liveness[data-kind="disconnected"]').waitFor()
  type(recorder, 'meanwhile', 'before '.length)
  server = await world.startServer({ PORT: String(port) })
  await waitFor('the code', async () => (await codeOf(page)) === 'before meanwhile')
  await page.locator('.liveness[data-kind="live"], .liveness[data-kind="behind"]').waitFor()
  await recorder.close()
  await close(session)
  expect(misdeeds).toEqual([])
  await context.close()
})

test('the place being edited is in view, also when the history comes in pieces', async () => {
  const { session, recorder } = await startInterview('Long')
  const lines = Array.from({ length: 120 }, (_, i) => `const a${i} = ${i}`)
  type(recorder, lines.join('\n'))
  await recorder.whenReceived()
  const { page, context, misdeeds } = await openConsole(`/sessions/${session.id}`)
  await waitFor('the caret, in view', async () => {
    const editor = await page.locator('.code-editor').boundingBox()
    const caret = await page.locator('.code-caret').boundingBox()
    if (editor === null || caret === null) return false
    const isLastLine = (await codeOf(page)).endsWith(lines.at(-1) as string)
    return isLastLine && caret.y > editor.y && caret.y + caret.height < editor.y + editor.height
  })
  await recorder.close()
  await close(session)
  expect(misdeeds).toEqual([])
  await context.close()
})

const RUN = 'window.ran=(window.ran||0)+1'
const HTML = `<img src=x onerror="${RUN}"><script>${RUN}</script>`
const ESC = '\u001b'
const BEL = '\u0007'

/** Everything that a string can try, in every place that takes one. */
function recordHostile(recorder: Recorder): void {
  const files = [
    { filePath: `src/${HTML}.ts`, content: `${HTML}\n\u202ertl\u200b\u0000\r\n` },
    { filePath: `../${'long'.repeat(200)}`, content: 'x'.repeat(300_000) },
    { filePath: 'a.constructor', content: '__proto__' },
  ]
  recorder.record({ type: 'session_start', data: { questionTitle: HTML, language: HTML, files } })
  recorder.record({
    type: 'code_edit',
    fileId: `src/${HTML}.ts`,
    data: { changes: [[0, 0, `// ${HTML}\n`]], selection: { anchor: -1, head: 1e9 } },
  })
  const reaching = [
    `${ESC}]0;OWNED${BEL}`,
    `${ESC}]52;c;${Buffer.from('stolen').toString('base64')}${BEL}`,
    `${ESC}]8;;javascript:${RUN}${BEL}LINK${ESC}]8;;${BEL}`,
    `${ESC}[8;3;3t${ESC}[?1000h${ESC}[?1003h`,
    `${ESC}]10;#000${BEL}${ESC}]11;#000${BEL}`,
    'https://elsewhere.example/ ',
  ]
  recorder.record({ type: 'terminal_stream', data: { channel: 'r', data: '80x24' } })
  recorder.record({ type: 'terminal_stream', data: { channel: 'o', data: 'z'.repeat(500_000) } })
  recorder.record({
    type: 'terminal_stream',
    data: { channel: 'o', data: `\r\n${reaching.join('')}${HTML}` },
  })
  recorder.record({
    type: 'terminal_input',
    data: { command: `${HTML}${ESC}]52;c;aGk=${BEL}`, workingDirectory: HTML },
  })
  recorder.record({ type: 'terminal_output', data: { stdout: `${HTML}${reaching.join('')}`, exitCode: 1 } })
  const content = `${HTML} [x](javascript:${RUN}) ![](https://elsewhere.example/x.png) \u202ertl`
  recorder.record({ type: 'ai_interaction', data: { role: 'user', content, model: HTML } })
  recorder.record({
    type: 'ai_interaction',
    data: { role: 'assistant', content: `\`\`\`html\n${HTML}`, model: HTML },
  })
  recorder.record({ type: 'test_run_start', data: { testCount: 2, fileName: HTML } })
  recorder.record({ type: 'test_result', data: { testName: HTML, passed: false, error: HTML, output: HTML } })
  recorder.record({ type: 'paste', fileId: HTML, data: { lengthChars: 999, source: HTML } })
  recorder.record({ type: 'custom:x', data: { html: HTML } })
}

test('hostile strings are shown as they are, and nothing runs', async () => {
  const session = await world.createSession(server, { question: { title: HTML, language: HTML } })
  const recorder = createRecorder({ url: server.url, token: session.candidateToken })
  recordHostile(recorder)
  await recorder.whenReceived()
  const { page, context, misdeeds } = await openConsole('/', {
    permissions: ['clipboard-read', 'clipboard-write'],
    viewport: { width: 1280, height: 800 },
  })
  await page.evaluate(() => navigator.clipboard.writeText('untouched'))
  await page.locator(`.card[data-session-id="${session.id}"]`).click()
  await waitFor('the terminal', async () => (await screenOf(page))?.includes('<script>'))
  expect(await codeOf(page)).toContain(HTML)
  await shows(page, '![](https://elsewhere.example/x.png)')
  await page.getByText('LINK').first().click({ force: true })
  await page.getByText('https://elsewhere.example/').first().click({ force: true })
  for (const name of ['Tests', 'Notes']) {
    await page.getByRole('tab', { name }).click()
    await page.locator('.side-panel').getByText('<script>').first().waitFor()
  }
  await page.getByRole('button', { name: 'Commands' }).click()
  await page.locator('.command-list').getByText('<script>').first().waitFor()

  const after = await page.evaluate(async () => ({
    ran: (window as unknown as { ran?: number }).ran ?? 0,
    clipboard: await navigator.clipboard.readText(),
    widest: document.documentElement.scrollWidth,
    scripts: document.querySelectorAll('script:not([src])').length,
    images: document.querySelectorAll('main img[src]').length,
  }))
  expect(after).toEqual({ ran: 0, clipboard: 'untouched', widest: 1280, scripts: 0, images: 0 })
  expect(await page.title()).not.toContain('OWNED')
  expect(misdeeds).toEqual([])
  await recorder.close()
  await context.close()
})

test('the console is usable by keyboard, and on a narrow screen without scrolling sideways', async () => {
  const { session, recorder } = await startInterview('Keys')
  type(recorder, 'let a = 1')
  await recorder.whenReceived()
  const { page, context, misdeeds } = await openConsole('/', { viewport: { width: 390, height: 844 } })
  await page.locator(`.card[data-session-id="${session.id}"]`).waitFor()
  const width = () => page.evaluate(() => document.documentElement.scrollWidth)
  expect(await width()).toBe(390)
  await page.keyboard.press('/')
  await page.keyboard.type('keys')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await waitFor('the code', async () => (await codeOf(page)) === 'let a = 1')
  expect(await width()).toBe(390)
  await page.keyboard.press('Space')
  await shows(page, 'Paused')
  await page.keyboard.press('End')
  await page.locator('.liveness[data-kind="live"]').waitFor()
  await page.keyboard.press('?')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Chat, tests' }).click()
  await shows(page, 'No conversation with the assistant yet.')
  await recorder.close()
  await close(session)
  expect(misdeeds).toEqual([])
  await context.close()
})

test('an address without a session says so', async () => {
  const { page, context } = await openConsole('/sessions/00000000-0000-4000-8000-000000000000')
  await shows(page, 'There is no such session')
  await page.getByRole('link', { name: 'All sessions' }).click()
  await page.getByRole('heading', { name: 'Live' }).waitFor()
  await context.close()
})
