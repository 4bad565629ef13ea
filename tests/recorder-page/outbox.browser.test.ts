import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type * as outboxes from '../../client-sdk/src/durable-outbox.js'
import { openBrowser } from '../support/browser.js'

// The outbox by itself, in a real browser's IndexedDB: what a page leaves that never came to know its session, since whoever gives it a
// token could not be reached; and a storage that is cleared under a living page.

const MINUTE_MS = 60_000
const ADDRESS = 'http://localhost/interview'

declare global {
  var sdk: typeof outboxes
  /** Added to the wall clock. */
  var shiftMs: number
}

let browser: Awaited<ReturnType<typeof openBrowser>>
let script = ''
beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../../client-sdk/src/durable-outbox.ts', import.meta.url))],
    bundle: true,
    format: 'iife',
    globalName: 'sdk',
    write: false,
  })
  script = `const now = Date.now; globalThis.shiftMs = 0; Date.now = () => now() + shiftMs
    ${outputFiles[0]?.text}; globalThis.sdk = sdk`
  browser = await openBrowser()
})
afterAll(() => browser?.close())

/** A tab, in which the page's next load is to be told how late it is. */
async function openTab(): Promise<Page> {
  const page = await (await browser.newContext()).newPage()
  await page.route(ADDRESS, (route) =>
    route.fulfill({ contentType: 'text/html', body: `<script>${script}</script>` }),
  )
  await page.goto(ADDRESS)
  return page
}

/** Opens the outbox of `a page`, and keeps one entry in it so long after. */
const keepAfter = (page: Page, afterMs: number) =>
  page.evaluate(async (laterMs) => {
    let storage = ''
    const outbox = sdk.durableOutbox()('a page', (state) => {
      storage = state
    })
    // As a recorder does when its page is left.
    addEventListener('pagehide', () => outbox.flush?.())
    shiftMs = laterMs
    outbox.append([{ seq: 1, json: '{}', timestampMs: 1, mapped: false }])
    while (storage !== 'disk' || (await sdk.exportOutboxes())[0]?.entries.length !== 1)
      await new Promise((resolve) => setTimeout(resolve, 20))
  }, afterMs)

/** The sources that the page's next load takes over, which is loaded so long after. */
async function takenOverAfter(page: Page, afterMs: number): Promise<string[]> {
  await page.reload()
  return page.evaluate(async (laterMs) => {
    shiftMs = laterMs
    const taken: string[] = []
    const outbox = sdk.durableOutbox()('the next page', () => {})
    // The page that was left gives its lock away a moment later.
    for (let looks = 0; looks < 100 && taken.length === 0; looks++) {
      await outbox.takeOver?.('its session', {
        sees: () => true,
        send: async (sourceId) => {
          taken.push(sourceId)
          return true
        },
      })
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    return taken
  }, afterMs)
}

test('[R11] half an hour without a session, and loaded again: it is sent by the next load', async () => {
  const page = await openTab()
  await keepAfter(page, 30 * MINUTE_MS)
  expect(await takenOverAfter(page, 31 * MINUTE_MS)).toEqual(['a page'])
})

test('[R11] loaded again after a long silence: it is sent by the next load', async () => {
  const page = await openTab()
  await keepAfter(page, 0)
  await page.evaluate((laterMs) => {
    shiftMs = laterMs
  }, 30 * MINUTE_MS)
  expect(await takenOverAfter(page, 31 * MINUTE_MS)).toEqual(['a page'])
})

test('[R11] what the tab held long ago may be somebody else’s, and is left alone', async () => {
  const page = await openTab()
  await keepAfter(page, 0)
  expect(await takenOverAfter(page, 30 * MINUTE_MS)).toEqual([])
})

test('[I2][R11] the storage is deleted under a living page: what is not committed is written anew', async () => {
  const page = await openTab()
  await keepAfter(page, 0)
  const left = await page.evaluate(async () => {
    await new Promise((resolve, reject) => {
      const request = indexedDB.deleteDatabase('interviewlm-recorder')
      request.onsuccess = resolve
      request.onerror = reject
    })
    for (;;) {
      const [outbox] = await sdk.exportOutboxes()
      if (outbox && outbox.entries.length > 0) return outbox.entries
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  })
  expect(left).toMatchObject([{ seq: 1 }])
})
