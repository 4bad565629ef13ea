import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, openPage } from './support/browser.js'
import { aRecordedInterview } from './support/player-page.js'
import type { ProductProcess } from './support/process.js'
import type { RecordedSession } from './support/recorded-session.js'
import { waitFor } from './support/wait-for.js'
import { makeWorld, type World } from './support/world.js'

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

interface Touch {
  x: number
  y: number
  /** Since the finger came down. */
  afterMs: number
}

/** What a finger does, at times that are said and not waited for. */
async function touching(page: Page) {
  const client = await page.context().newCDPSession(page)
  let downMs = Date.now()
  const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', touch: Touch) =>
    client.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: type === 'touchEnd' ? [] : [{ x: touch.x, y: touch.y }],
      timestamp: (downMs + touch.afterMs) / 1000,
    })
  return async (...touches: [Touch, ...Touch[]]) => {
    downMs = Date.now()
    const last = touches.at(-1) ?? touches[0]
    await send('touchStart', touches[0])
    for (const touch of touches.slice(1, -1)) await send('touchMove', touch)
    await send('touchEnd', last)
  }
}

test('a finger on the timeline: a tap goes there, resting shows what is there, along it moves, across it scrolls', async () => {
  const { page, context, misdeeds } = await openPage(browser, server.url, {
    viewport: { width: 390, height: 844 },
    hasTouch: true,
  })
  await page.goto(`${server.url}/sessions/${interview.id}#token=${await world.token('proctor')}&t=1:00`)
  const slider = page.getByRole('slider', { name: 'Moment of the interview' })
  const headSec = async () => Number(await slider.getAttribute('aria-valuenow'))
  await expect.poll(headSec).toBe(60)
  const box = await slider.boundingBox()
  if (box === null) throw new Error('the timeline is on screen')
  const at = (share: number, afterMs = 0, downPx = 0): Touch => ({
    x: box.x + box.width * share,
    y: box.y + 30 + downPx,
    afterMs,
  })
  const touch = await touching(page)
  const card = page.locator('.hover-card')

  await touch(at(0.5), at(0.5, 80))
  await card.waitFor()
  await waitFor('the place that was tapped', async () => (await headSec()) > 61)
  const tapped = await headSec()
  const shown = await card.textContent()

  // Who rests elsewhere sees what is there, and stays where they are.
  await touch(at(0.97), at(0.97, 900))
  await waitFor('another card', async () => (await card.textContent()) !== shown)
  expect(await headSec()).toBe(tapped)
  const cardBox = await card.boundingBox()
  expect(cardBox?.x ?? -1).toBeGreaterThanOrEqual(box.x)
  expect((cardBox?.x ?? 0) + (cardBox?.width ?? 0)).toBeLessThanOrEqual(box.x + box.width + 1)

  await touch(at(0.5), at(0.4, 40), at(0.25, 80), at(0.25, 120))
  await waitFor('the place that was moved to', async () => (await headSec()) < tapped - 30)
  const moved = await headSec()

  // Up and down is the page's to scroll: nothing moves, and nothing is shown any more.
  await touch(at(0.8), at(0.8, 30, -40), at(0.8, 60, -90), at(0.8, 90, -90))
  await card.waitFor({ state: 'detached' })
  expect(await headSec()).toBe(moved)

  await touch(at(0.3), at(0.3, 900))
  await card.waitFor()
  const title = await page.locator('.player-title').boundingBox()
  await page.touchscreen.tap((title?.x ?? 0) + 4, (title?.y ?? 0) + 4)
  await card.waitFor({ state: 'detached' })
  expect(misdeeds).toEqual([])
  await context.close()
})
