import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, openPage } from '../support/browser.js'
import type { ProductProcess } from '../support/process.js'
import { makeWorld, type World } from '../support/world.js'

let world: World
let server: ProductProcess
let browser: Browser
beforeAll(async () => {
  world = await makeWorld({ env: { QUEUE_BOARD: 'on' } })
  ;[server] = await Promise.all([world.startServer(), world.startWorker()])
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await world?.[Symbol.asyncDispose]()
})

test('[R9] an operator signs in with a service token and sees the queues and their jobs, under a policy of their own', async () => {
  const { page, context, misdeeds } = await openPage(browser, server.url)
  await page.goto(`${server.url}/queues/`)
  await page.getByLabel('Service token').fill(await world.token('proctor'))
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('alert').waitFor()
  // That both answers were 401 is told to the console by the browser itself.
  expect(misdeeds.splice(0).filter((misdeed) => !misdeed.includes('401'))).toEqual([])
  await page.getByLabel('Service token').fill(await world.token('service'))
  await page.getByRole('button', { name: 'Sign in' }).click()
  for (const name of ['flush', 'archive', 'sweep']) await page.getByText(name).first().waitFor()
  // From an address further down the page finds its files as well.
  await page.goto(`${server.url}/queues/queue/sweep?status=delayed`)
  await page.getByText('retention').first().waitFor()
  expect(misdeeds).toEqual([])
  await context.close()
})
