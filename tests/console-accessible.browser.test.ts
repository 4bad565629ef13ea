import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, openPage } from './support/browser.js'
import { aRecordedInterview } from './support/player-page.js'
import type { ProductProcess } from './support/process.js'
import type { RecordedSession } from './support/recorded-session.js'
import { makeWorld, type World } from './support/world.js'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

let world: World
let server: ProductProcess
let browser: Browser
let interview: RecordedSession

beforeAll(async () => {
  world = await makeWorld()
  ;[server] = await Promise.all([world.startServer(), world.startWorker()])
  browser = await openBrowser()
  interview = await aRecordedInterview(world, server)
})
afterAll(async () => {
  await browser?.close()
  await world?.[Symbol.asyncDispose]()
})

/** What axe finds that would keep somebody out, each with where. */
async function seriousOf(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  )
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
}

async function openPlayer(path: string, options: Parameters<Browser['newContext']>[0]) {
  const opened = await openPage(browser, server.url, options)
  await opened.page.goto(`${server.url}${path}#token=${await world.token('proctor')}`)
  return opened
}

test.each([
  ['light', 1280],
  ['dark', 1280],
  ['light', 390],
] as const)('axe finds nothing serious in the player (%s, %i wide)', async (colorScheme, width) => {
  const { page, context } = await openPlayer(`/sessions/${interview.id}`, {
    colorScheme,
    viewport: { width, height: 844 },
  })
  await page.locator('.liveness[data-kind="closed"]').waitFor()
  if (width < 900) await page.getByRole('button', { name: 'Chat, tests, find' }).click()
  const found: Record<string, string[]> = {}
  for (const tab of ['chat', 'tests', 'notes', 'find']) {
    await page.locator(`#tab-${tab}`).click()
    if (tab === 'find') {
      await page.getByRole('searchbox').fill('slot')
      await page.locator('.find-hit').first().waitFor()
    }
    found[tab] = await seriousOf(page)
  }
  if (width < 900) await page.getByRole('button', { name: 'Code', exact: true }).click()
  await page.getByRole('button', { name: 'Changes' }).click()
  await page.getByLabel('Compare with').selectOption('start')
  await page.locator('.diff-inserted').first().waitFor()
  found.changes = await seriousOf(page)
  if (width < 900) await page.getByRole('button', { name: 'Terminal' }).click()
  await page.getByRole('button', { name: 'Commands' }).click()
  await page.locator('.command-entry').first().waitFor()
  found.commands = await seriousOf(page)
  await page.keyboard.press('?')
  await page.getByRole('dialog').waitFor()
  found.help = await seriousOf(page)
  expect(found).toEqual(Object.fromEntries(Object.keys(found).map((state) => [state, []])))
  await context.close()
})

test('axe finds nothing serious where there is no session, and in one in which nothing happened', async () => {
  const missing = await openPlayer('/sessions/00000000-0000-4000-8000-000000000000', {})
  await missing.page.getByText('There is no such session').waitFor()
  expect(await seriousOf(missing.page)).toEqual([])
  await missing.context.close()
  const { id } = await world.createSession(server, { question: 'Nothing yet' })
  const empty = await openPlayer(`/sessions/${id}`, {})
  await empty.page.getByText('Nothing yet. It shows here as it happens.').first().waitFor()
  expect(await seriousOf(empty.page)).toEqual([])
  await empty.context.close()
})
