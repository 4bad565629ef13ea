import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, openPage } from './support/browser.js'
import type { ProductProcess } from './support/process.js'
import { anId } from './support/stores.js'
import { waitFor } from './support/wait-for.js'
import { makeWorld, type World } from './support/world.js'

let world: World
let server: ProductProcess
let browser: Browser
beforeAll(async () => {
  world = await makeWorld()
  server = await world.startServer()
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await world?.[Symbol.asyncDispose]()
})

async function aRecording(): Promise<string> {
  const { id } = await world.createSession(server, { question: { title: 'Colours' } })
  const timestamp = Date.now()
  const files = [{ filePath: 'a.ts', content: 'const answer = 42\n' }]
  const colours = '\x1b[38;2;10;200;30mgreen\x1b[0m \x1b[48;2;200;10;30mred\x1b[0m\r\n'
  await world.call(server, 'POST', `/v1/sessions/${id}/events`, {
    headers: { 'idempotency-key': anId() },
    body: {
      events: [
        { type: 'session_start', timestamp, data: { files } },
        { type: 'terminal_stream', timestamp, data: { channel: 'o', data: colours } },
      ],
    },
  })
  return id
}

const computed = (page: Page, selector: string, property: string): Promise<string> =>
  page
    .locator(selector)
    .first()
    .evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), property)

test('the console looks as it should under a policy that allows nothing inline', async () => {
  const id = await aRecording()
  const { page, context, misdeeds } = await openPage(browser, server.url)
  const answer = await page.goto(`${server.url}/sessions/${id}#token=${await world.token('proctor')}`)
  expect(answer?.headers()['content-security-policy']).not.toContain('unsafe')
  await page.locator('.code-editor .cm-line').first().waitFor()
  await page.locator('.xterm-rows span', { hasText: 'green' }).first().waitFor()
  // Rules that the editor and the terminal bring along, and colours that the terminal sets cell by cell.
  expect(await computed(page, '.cm-scroller', 'display')).toBe('flex')
  expect(await computed(page, '.xterm-rows', 'font-kerning')).toBe('none')
  // A row that is drawn again has its colours a frame after its text.
  await waitFor('green to be green', async () => {
    const colour = await computed(page, '.xterm-rows span:has-text("green")', 'color')
    const [red = 0, greenness = 0] = colour.match(/\d+/g)?.map(Number) ?? []
    return greenness > red + 50
  })
  expect(misdeeds).toEqual([])
  await context.close()
})

test('what gets into the page neither runs, nor paints, nor speaks to anybody', async () => {
  const { page, context, misdeeds } = await openPage(browser, server.url)
  await page.goto(server.url)
  const outcome = await page.evaluate(async () => {
    const page = window as unknown as { ran?: boolean }
    const host = document.createElement('div')
    host.innerHTML =
      '<style>body { outline: 7px solid red }</style><p id="p" style="outline: 7px solid red"></p>' +
      '<img src="x" onerror="window.ran = true">'
    document.body.append(host)
    const script = document.createElement('script')
    script.textContent = 'window.ran = true'
    document.body.append(script)
    const spoke = await fetch('https://elsewhere.invalid/', { mode: 'no-cors' }).then(
      () => true,
      () => false,
    )
    const outlineOf = (element: Element | null) => element && getComputedStyle(element).outlineWidth
    return {
      ran: page.ran ?? false,
      spoke,
      outlines: [outlineOf(document.body), outlineOf(document.querySelector('#p'))],
    }
  })
  expect(outcome.ran).toBe(false)
  expect(outcome.spoke).toBe(false)
  expect(outcome.outlines).not.toContain('7px')
  // Each was stopped by the policy: the style, the attribute, the handler, the script, the request.
  expect(
    misdeeds.filter((misdeed) => misdeed.includes('Content Security Policy')).length,
  ).toBeGreaterThanOrEqual(5)
  await context.close()
})

test('the API’s description is readable under its own policy', async () => {
  const { page, context, misdeeds } = await openPage(browser, server.url)
  await page.goto(`${server.url}/docs`)
  await page.getByText('/v1/sessions/{id}/events').first().waitFor()
  expect(misdeeds).toEqual([])
  await context.close()
})
