import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StatisticsView } from '../protocol/http/index.js'
import { AnalysedInterviews, INTERVIEW_COUNT, QUESTION, summaryOf } from './support/analysed-interviews.js'
import { waitFor } from './support/wait-for.js'

let interviews: AnalysedInterviews
beforeAll(async () => {
  interviews = await AnalysedInterviews.record()
})
afterAll(() => interviews?.[Symbol.asyncDispose]())

describe('sessions side by side', () => {
  test('the marked session stands where the API says, and filters are in the address', async () => {
    const { page, context, misdeeds } = await interviews.open(
      `/analysis?question=${QUESTION.id}&session=${interviews.whole.id}`,
    )
    await page.locator('.distribution').first().waitFor()
    const { body } = await interviews.world.call<StatisticsView>(
      interviews.server,
      'GET',
      `/v1/stats?question=${QUESTION.id}&sessionId=${interviews.whole.id}`,
    )
    expect(body.sessionCount).toBe(INTERVIEW_COUNT)
    expect(await summaryOf(page)).toContain(`${body.sessionCount} sessions`)
    const commands = page.getByRole('figure', { name: 'Commands' })
    const own = body.session?.metrics['terminalActivity.totalCommands']
    expect(await commands.locator('.distribution-own').textContent()).toBe(String(own?.value))
    // The whole interview has the most of what only grows.
    expect(await commands.textContent()).toContain('The most of 6 sessions of this question')
    expect(await commands.locator('.histogram-bar').count()).toBe(
      body.metrics['terminalActivity.totalCommands']?.histogram.length,
    )

    await page.getByRole('button', { name: /^No longer mark/ }).click()
    await waitFor('the address', () => !page.url().includes('session='))
    await page.getByRole('combobox', { name: 'Question' }).selectOption('Another question')
    await page.getByText('too few to tell a distribution, so each is shown as a point').waitFor()
    expect(new URL(page.url()).searchParams.get('question')).toBe('Another question')
    expect(await page.locator('.histogram').count()).toBe(0)
    await page.goBack()
    await page.locator('.histogram').first().waitFor()

    await page.getByLabel('To', { exact: true }).fill('2020-01-01')
    await page.getByText('No session fits these filters').waitFor()
    await page.getByRole('link', { name: 'Show all sessions' }).click()
    await page.getByText('7 sessions.').waitFor()
    expect(misdeeds).toEqual([])
    await context.close()
  })
})

test('a bar opens the sessions that it is made of, by mouse and by keyboard, and each leads to its analysis', async () => {
  const { page, context, misdeeds } = await interviews.open(`/analysis?question=${QUESTION.id}`)
  const metric = 'terminalActivity.totalCommands'
  const { body } = await interviews.world.call<StatisticsView>(
    interviews.server,
    'GET',
    `/v1/stats?question=${QUESTION.id}`,
  )
  const bars = body.metrics[metric]?.histogram.filter(({ count }) => count > 0) ?? []
  expect(bars.length).toBeGreaterThan(1)
  const figure = page.getByRole('figure', { name: 'Commands' })
  const buttons = figure.getByRole('list', { name: 'Sessions by Commands' }).getByRole('button')
  await buttons.first().waitFor()
  expect(await buttons.count()).toBe(bars.length)
  const rows = figure.locator('.bar-session')

  const last = bars.at(-1)
  await buttons.last().click()
  await rows.first().waitFor()
  expect(await buttons.last().getAttribute('aria-label')).toMatch(new RegExp(`: ${last?.count} sessions?$`))
  expect(await rows.count()).toBe(last?.count)
  // The whole interview has the most commands.
  expect(await rows.last().locator('a').getAttribute('href')).toBe(
    `/sessions/${interviews.whole.id}/analysis`,
  )

  await buttons.last().focus()
  await page.keyboard.press('Home')
  await page.keyboard.press('Enter')
  await figure.locator('.bar-sessions-head', { hasText: /: \d+ session/ }).waitFor()
  expect(await buttons.first().getAttribute('aria-expanded')).toBe('true')
  expect(await rows.count()).toBe(bars[0]?.count)
  const link = rows.first().locator('a')
  const path = await link.getAttribute('href')
  await link.focus()
  await page.keyboard.press('Enter')
  await page.locator('.plot').first().waitFor()
  expect(new URL(page.url()).pathname).toBe(path)
  expect(misdeeds).toEqual([])
  await context.close()
})

test('until other filters are answered, and where they fail, what is shown is named by those it was loaded for', async () => {
  const { page, context } = await interviews.open(`/analysis?question=${QUESTION.id}`)
  await page.locator('.distribution').first().waitFor()
  const before = await summaryOf(page)
  expect(before).toContain(`${INTERVIEW_COUNT} sessions of ${QUESTION.id}`)
  let fail = () => {}
  const isSeen = new Promise<void>((resolve) => {
    fail = resolve
  })
  await context.route('**/v1/stats?*', async (route) => {
    await isSeen
    await route.fulfill({ status: 400, json: { error: { code: 'INTERNAL', message: 'Out of order.' } } })
  })
  await page.getByRole('combobox', { name: 'Question' }).selectOption('Another question')
  await page.locator('main[aria-busy="true"]').waitFor()
  expect(await summaryOf(page)).toBe(before)
  const opacity = () =>
    page.locator('.analysis-summary').evaluate((section) => Number(getComputedStyle(section).opacity))
  expect(await opacity()).toBeLessThan(1)
  fail()
  await page.getByText('What is shown is from before.').waitFor()
  expect(await summaryOf(page)).toBe(before)
  expect(await opacity()).toBe(1)
  await context.unroute('**/v1/stats?*')
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.locator('.summary-text', { hasText: 'of Another question' }).waitFor()
  await context.close()
})
