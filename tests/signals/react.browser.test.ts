import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../support/wait-for.js'
import { openSite, type TestSite } from './page/open-page.js'

let site: TestSite
beforeAll(async () => {
  site = await openSite(['react'])
})
afterAll(() => site?.[Symbol.asyncDispose]())

const EMPTY = '<div id="root"></div>'
/** As a server renders the page of page/react.ts: client-sdk/src/adapters/react.test.ts renders there. */
const FROM_SERVER =
  '<div id="root"><p id="text">Connecting</p><p id="state">none</p><p id="all">none</p><input id="editor" value=""/></div>'

const show = (page: Page, what: 'create' | 'own' | 'nothing', key?: string) =>
  page.evaluate(([as, by]) => globalThis.reactPage.show(as, by), [what, key] as const)
const made = (page: Page) =>
  page.evaluate(() =>
    globalThis.reactPage.made.map(({ events, isClosed, handlerCount }) => ({
      types: events.map(({ type }) => type),
      isClosed,
      handlerCount,
    })),
  )

test('strict mode mounts twice: one recorder, open, and no event is lost', async () => {
  await using opened = await site.open('react', { html: EMPTY })
  const { page, misdeeds } = opened
  await show(page, 'create')
  await page.locator('#state', { hasText: 'recording' }).waitFor()
  await page.locator('#editor').pressSequentially('abc')
  const [one, ...more] = await made(page)
  expect(more).toEqual([])
  expect(one?.isClosed).toBe(false)
  expect(one?.types.filter((type) => type === 'custom:typed')).toHaveLength(3)

  await show(page, 'nothing')
  await waitFor('the end', async () => (await made(page))[0]?.isClosed)
  const [closed] = await made(page)
  expect(closed?.types.at(-1)).toBe('custom:editor_left')
  expect(closed?.handlerCount).toBe(0)

  await show(page, 'create')
  await waitFor('another one', async () => (await made(page)).length === 2)
  await show(page, 'create', 'another session')
  await waitFor('a third one', async () => (await made(page)).length === 3)
  await waitFor('the end of the second', async () => (await made(page))[1]?.isClosed)
  expect((await made(page))[2]?.isClosed).toBe(false)
  expect(misdeeds).toEqual([])
})

test('a recorder of the page’s own is used and left open', async () => {
  await using opened = await site.open('react', { html: EMPTY })
  const { page, misdeeds } = opened
  await show(page, 'own')
  await page.locator('#editor').pressSequentially('a')
  await show(page, 'nothing')
  await page.locator('#editor').waitFor({ state: 'detached' })
  // What is closed is closed in the next task.
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 50)))
  const own = await page.evaluate(() => ({
    types: globalThis.reactPage.own.events.map(({ type }) => type),
    isClosed: globalThis.reactPage.own.isClosed,
    made: globalThis.reactPage.made.length,
    handlers: globalThis.reactPage.own.handlerCount,
  }))
  expect(own).toMatchObject({ isClosed: false, made: 0, handlers: 0 })
  expect(own.types).toContain('custom:typed')
  expect(misdeeds).toEqual([])
})

test('a component is rendered when what it shows of the status changes, and not for each batch', async () => {
  await using opened = await site.open('react', { html: EMPTY })
  const { page, misdeeds } = opened
  await show(page, 'own')
  await page.locator('#state', { hasText: 'recording' }).waitFor()
  const renders = () => page.evaluate(() => ({ ...globalThis.reactPage.renders }))
  const before = await renders()
  for (let seq = 1; seq <= 20; seq++) {
    await page.evaluate((recordedSeq) => globalThis.reactPage.own.becomes({ recordedSeq }), seq)
    await page.locator('#all', { hasText: String(seq) }).waitFor()
  }
  const after = await renders()
  expect(after.state).toBe(before.state)
  expect(after.text).toBe(before.text)
  expect(after.all - before.all).toBe(20)
  await page.evaluate(() => globalThis.reactPage.own.becomes({ state: 'offline' }))
  await page.locator('#text', { hasText: 'Offline · kept on this device, 20 events wait' }).waitFor()
  expect(await page.textContent('#state')).toBe('offline')
  expect(misdeeds).toEqual([])
})

test('what a server has rendered is taken over without a word', async () => {
  await using opened = await site.open('react', { html: FROM_SERVER })
  const { page, misdeeds } = opened
  await page.locator('#text', { hasText: 'Recording' }).waitFor()
  expect(await made(page)).toHaveLength(1)
  expect(misdeeds).toEqual([])
})
