import type { Browser, Route } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, openPage } from './support/browser.js'
import type { ProductProcess } from './support/process.js'
import { waitFor } from './support/wait-for.js'
import { makeWorld, type World } from './support/world.js'

let world: World
let server: ProductProcess
let browser: Browser
beforeAll(async () => {
  world = await makeWorld()
  ;[server] = await Promise.all([world.startServer(), world.startWorker()])
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await world?.[Symbol.asyncDispose]()
})

/** A closed session with a file, one prompt and its answer. */
async function aReviewedSession(): Promise<string> {
  const { id } = await world.createSession(server, { question: 'Review' })
  const turn = (role: string, content: string) => ({
    type: 'ai_interaction',
    timestamp: Date.now(),
    data: { role, content },
  })
  const events = [
    {
      type: 'code_snapshot',
      timestamp: Date.now(),
      fileId: 'a.js',
      data: { fileName: 'a.js', language: 'javascript', content: 'list.sort()' },
    },
    turn('user', 'How do I sort?'),
    turn('assistant', 'Call sort.'),
  ]
  await world.call(server, 'POST', `/v1/sessions/${id}/events`, {
    body: { source: 's', firstSeq: 1, events },
  })
  await world.call(server, 'POST', `/v1/sessions/${id}/close`, { body: {} })
  return id
}

test('[R16] a reviewer rates prompts by keyboard and sees what was noted after the close', async () => {
  const id = await aReviewedSession()
  await world.call(server, 'POST', `/v1/sessions/${id}/annotations`, {
    body: { kind: 'flag', text: 'Look at this again' },
    headers: { 'idempotency-key': 'k' },
  })
  const { page, context, misdeeds } = await openPage(browser, server.url)
  await page.goto(`${server.url}/sessions/${id}#token=${await world.token('proctor', id, 'Pia')}`)
  const stars = page.getByRole('group', { name: 'Rate this prompt' })
  // Prompts are rated, answers are not.
  await stars.waitFor()
  expect(await stars.count()).toBe(1)
  const rating = async () => {
    const { body } = await world.call<{ annotations: { kind: string; value: number; author: string }[] }>(
      server,
      'GET',
      `/v1/sessions/${id}/annotations`,
    )
    return body.annotations.find(({ kind }) => kind === 'rating')
  }
  await stars.getByRole('button', { name: '1 of 5' }).focus()
  for (let n = 0; n < 3; n++) await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  expect(await waitFor('the rating', rating)).toMatchObject({ value: 4, author: 'Pia' })
  await page.reload()
  await page.locator('.rate-star[aria-pressed="true"]').waitFor()
  expect(await page.locator('.rate-star[data-on="true"]').count()).toBe(4)
  await page.getByRole('button', { name: '4 of 5' }).click()
  await waitFor('no rating', async () => (await rating()) === undefined)

  await page.getByRole('tab', { name: 'Notes' }).click()
  await page.getByRole('button', { name: /Flag, added later/ }).waitFor()
  expect(await page.getByText('Look at this again').isVisible()).toBe(true)

  // A note of one's own, at the moment that is looked at, by keyboard alone.
  await page.keyboard.press('Home')
  await page.keyboard.press('n')
  await page.getByLabel('Text').fill('Begins well')
  await page.keyboard.press('Control+Enter')
  const own = page.getByRole('button', { name: /Note, added later/ }).filter({ hasText: 'Begins well' })
  await own.getByText('0:00').waitFor()
  expect(misdeeds).toEqual([])
  await context.close()
})

test('a rating that is refused goes back and says so, and takes away none that was given meanwhile', async () => {
  const id = await aReviewedSession()
  const { page, context } = await openPage(browser, server.url)
  await page.goto(`${server.url}/sessions/${id}#token=${await world.token('proctor', id, 'Pia')}`)
  const star = (value: number) => page.getByRole('button', { name: `${value} of 5` })
  const shown = () => page.locator('.rate-star[data-on="true"]').count()
  const ratings = '**/claude-interactions/*'
  const refuse = (route: Route) =>
    route.fulfill({ status: 400, json: { error: { code: 'INTERNAL', message: 'Out of order.' } } })
  await page.route(ratings, refuse)
  await star(3).click()
  await page.getByRole('alert').getByText('The rating was not kept. Out of order.').waitFor()
  expect(await shown()).toBe(0)
  await page.unroute(ratings)

  // The first of two is refused after the second was kept.
  let letGo = () => {}
  const isKept = new Promise<void>((resolve) => {
    letGo = resolve
  })
  let asked = 0
  await page.route(ratings, async (route) => {
    if (asked++ > 0) return route.continue()
    await isKept
    await refuse(route)
  })
  await star(2).click()
  await waitFor('two', async () => (await shown()) === 2)
  await star(5).click()
  await waitFor('five', async () => (await shown()) === 5)
  letGo()
  await page.getByRole('alert').waitFor()
  expect(await shown()).toBe(5)
  await context.close()
})

test('what can’t be read is no empty list, and is read once more when asked for', async () => {
  const id = await aReviewedSession()
  await world.call(server, 'POST', `/v1/sessions/${id}/annotations`, {
    body: { kind: 'note', text: 'Look at this again' },
    headers: { 'idempotency-key': 'k' },
  })
  const { page, context } = await openPage(browser, server.url)
  const fails = (route: Route) =>
    route.fulfill({ status: 400, json: { error: { code: 'INTERNAL', message: 'Out of order.' } } })
  const beside = /\/v1\/sessions\/[^/]+\/(annotations|redactions)/
  await page.route(beside, fails)
  await page.goto(`${server.url}/sessions/${id}#token=${await world.token('proctor', id, 'Pia')}`)
  await page.getByRole('alert').getByText('Ratings could not be read').waitFor()
  await page.getByRole('tab', { name: 'Notes' }).click()
  const unread = page.getByRole('alert').filter({ hasText: 'Notes from after the close and redactions' })
  await unread.waitFor()
  expect(await page.getByText('No notes, signals or losses').count()).toBe(0)
  await page.unroute(beside)
  await unread.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('Look at this again').waitFor()
  await unread.waitFor({ state: 'detached' })
  await context.close()
})

test('a rating given while the ratings are read stays', async () => {
  const id = await aReviewedSession()
  await world.call(server, 'POST', `/v1/sessions/${id}/annotations`, {
    body: { kind: 'note', text: 'Look at this again' },
    headers: { 'idempotency-key': 'k' },
  })
  const { body } = await world.call<object>(server, 'GET', `/v1/sessions/${id}/annotations`)
  const { page, context } = await openPage(browser, server.url)
  // What was there before the rating is answered after it.
  let answer = () => {}
  const isRated = new Promise<void>((resolve) => {
    answer = resolve
  })
  await page.route(/\/annotations(\?|$)/, async (route) => {
    await isRated
    await route.fulfill({ json: body })
  })
  await page.goto(`${server.url}/sessions/${id}#token=${await world.token('proctor', id, 'Pia')}`)
  const stars = page.getByRole('group', { name: 'Rate this prompt' })
  const rated = page.waitForResponse(/\/claude-interactions\//)
  await stars.getByRole('button', { name: '4 of 5' }).click()
  await rated
  answer()
  // The note comes with the answer.
  await page.locator('#tab-notes', { hasText: '1' }).waitFor()
  expect(await page.locator('.rate-star[data-on="true"]').count()).toBe(4)
  await context.close()
})

test('[R15] what was taken out of a recording is masked, and who looks at it reads why', async () => {
  const id = await aReviewedSession()
  const { page, context, misdeeds } = await openPage(browser, server.url)
  await page.goto(`${server.url}/sessions/${id}#token=${await world.token('proctor', id, 'Pia')}`)
  await page.locator('.turn').first().waitFor()
  expect(await page.locator('#tab-notes').textContent()).toBe('Notes')
  const { status } = await world.call(server, 'POST', `/v1/sessions/${id}/redactions`, {
    body: { text: 'sort', reason: 'A secret of the company' },
  })
  expect(status).toBe(201)
  await page.reload()
  await page.getByText('How do I ████?').waitFor()
  await page.locator('.code-masked', { hasText: '████' }).waitFor()
  const colourOf = (selector: string) =>
    page
      .locator(selector)
      .first()
      .evaluate((element) => getComputedStyle(element).color)
  // In the words of the chat as quiet as in code.
  expect(await colourOf('.turn-text .masked')).toBe(await colourOf('.code-masked'))
  expect(await colourOf('.turn-text .masked')).not.toBe(await colourOf('.turn-text p'))
  await page.locator('#tab-notes', { hasText: '1' }).click()
  const redaction = page.getByRole('list', { name: 'Redactions' })
  await redaction.getByText('A secret of the company').waitFor()
  expect(await redaction.textContent()).toContain('Text was taken out in 3 places, where █ stands')
  expect(misdeeds).toEqual([])
  await context.close()
})
