import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RecorderStatus } from '../../client-sdk/src/recorder-types.js'
import { waitFor } from '../support/wait-for.js'
import { openSite, type TestSite } from './page/open-page.js'

let site: TestSite
beforeAll(async () => {
  site = await openSite(['status'])
})
afterAll(() => site?.[Symbol.asyncDispose]())

/** No inline styles, no inline scripts, nothing from elsewhere. */
const STRICT = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:"
const HTML = '<recorder-status></recorder-status>'
const AT_MS = Date.UTC(2026, 0, 5, 14, 3, 21)

const open = (html = HTML, context = {}) =>
  site.open('status', { html, contentSecurityPolicy: STRICT, context: { timezoneId: 'UTC', ...context } })
const become = (page: Page, change: Partial<RecorderStatus>) =>
  page.evaluate((to) => globalThis.statusPage.recorder.becomes(to), change)
const textOf = (page: Page) =>
  page.evaluate(() => document.querySelector('recorder-status')?.shadowRoot?.textContent)
const announced = (page: Page) => page.evaluate(() => globalThis.statusPage.announced.splice(0))
const dotStyle = (page: Page, property: string) =>
  page.evaluate((name) => {
    const dot = document.querySelector('recorder-status')?.shadowRoot?.querySelector('[part=dot]')
    return dot ? getComputedStyle(dot).getPropertyValue(name) : null
  }, property)

test('says what the recorder says, under the strictest policy, whatever was set first', async () => {
  await using opened = await open()
  const { page, misdeeds } = opened
  expect(await textOf(page)).toBe('Recording')
  await become(page, { recordedSeq: 12, savedUpToMs: AT_MS })
  expect(await textOf(page)).toBe('Recording · saved up to 14:03:21')
  const status = page.getByRole('status')
  await become(page, { state: 'offline' })
  expect(await textOf(page)).toBe('Offline · kept on this device, 12 events wait')
  await become(page, { storage: 'failed' })
  expect(await textOf(page)).toBe('Offline · kept in this tab, 12 events wait · keep this tab open')
  expect(await status.getAttribute('data-tone')).toBe('trouble')
  expect(misdeeds).toEqual([])
  expect(await page.evaluate(() => document.querySelectorAll('[style], style').length)).toBe(0)
})

test('the tree that screen readers see: one status with the whole line', async () => {
  await using opened = await open()
  const { page, cdp } = opened
  await become(page, { savedUpToMs: AT_MS })
  const { nodes } = await cdp.send('Accessibility.getFullAXTree')
  const status = nodes.find(({ role }) => role?.value === 'status')
  expect(status?.properties?.find(({ name }) => name === 'live')?.value.value).toBe('polite')
  expect(status?.properties?.find(({ name }) => name === 'atomic')?.value.value).toBe(true)
  const texts = nodes.filter(({ role }) => role?.value === 'StaticText').map(({ name }) => name?.value)
  expect(texts.join('')).toBe('Recording · saved up to 14:03:21')
})

test('announces what changes the matter, and not each second', async () => {
  await using opened = await open()
  const { page } = opened
  for (let i = 1; i <= 50; i++)
    await become(page, { recordedSeq: i, committedSeq: i, savedUpToMs: AT_MS + i * 1000 })
  expect(await announced(page)).toEqual([])
  await become(page, { state: 'lagging' })
  await become(page, { state: 'recording' })
  expect(await announced(page)).toEqual([])
  await become(page, { state: 'offline', recordedSeq: 60 })
  await become(page, { recordedSeq: 61 })
  await become(page, { storage: 'failed' })
  await become(page, { storage: 'disk', state: 'recording' })
  await waitFor('the announcements', async () => {
    const all = await page.evaluate(() => globalThis.statusPage.announced.length)
    return all >= 3
  })
  expect((await announced(page)).map((text) => text.split(' · ')[0])).toEqual([
    'Offline',
    'Offline',
    'Recording',
  ])
})

test('the time in the language of the page; the words in another one', async () => {
  await using opened = await open('<div lang="de"><recorder-status></recorder-status></div>')
  const { page } = opened
  await become(page, { savedUpToMs: AT_MS - 6 * 3600_000 })
  expect(await textOf(page)).toBe('Recording · saved up to 08:03:21')
  await page.evaluate(() => {
    const status = document.querySelector('recorder-status')
    if (status) status.texts = { recording: 'Aufnahme', savedUpTo: (time) => `gesichert bis ${time}` }
  })
  expect(await textOf(page)).toBe('Aufnahme · gesichert bis 08:03:21')
})

test('takes the page’s colours and its own settings, moves only for those who like it', async () => {
  await using opened = await open(HTML, { colorScheme: 'dark', reducedMotion: 'no-preference' })
  const { page } = opened
  expect(await dotStyle(page, 'background-color')).toBe('rgb(26, 158, 92)')
  await become(page, { state: 'offline' })
  expect(await dotStyle(page, 'animation-name')).toBe('wait')
  await page.emulateMedia({ reducedMotion: 'reduce' })
  expect(await dotStyle(page, 'animation-name')).toBe('none')
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(
      'recorder-status { --recorder-status-waiting: rgb(1, 2, 3) } recorder-status::part(dot) { width: 30px }',
    )
    document.adoptedStyleSheets = [sheet]
  })
  expect(await dotStyle(page, 'background-color')).toBe('rgb(1, 2, 3)')
  expect(await dotStyle(page, 'width')).toBe('30px')
})

test('every colour of the dot can be told from black and from white', async () => {
  await using opened = await open(HTML, { reducedMotion: 'reduce' })
  const { page } = opened
  const changes: Partial<RecorderStatus>[] = [
    {},
    { state: 'offline' },
    { isPaused: true },
    { state: 'superseded' },
    { state: 'closed' },
  ]
  for (const change of changes) {
    await become(page, { state: 'recording', isPaused: false, ...change })
    const color = (await dotStyle(page, 'background-color')) as string
    const light = luminance(color.match(/\d+/g)?.map(Number) ?? [])
    expect(1.05 / (light + 0.05), `${color} on white`).toBeGreaterThan(3)
    expect((light + 0.05) / 0.05, `${color} on black`).toBeGreaterThan(3)
  }
})

/** Relative luminance, as WCAG has it. */
function luminance(rgb: readonly number[]): number {
  const [r = 0, g = 0, b = 0] = rgb.map((value) => {
    const part = value / 255
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

test('listens while it is on the page, and to one recorder', async () => {
  await using opened = await open()
  const { page } = opened
  const handlers = () => page.evaluate(() => globalThis.statusPage.recorder.handlerCount)
  expect(await handlers()).toBe(1)
  await page.evaluate(() => {
    const status = document.querySelector('recorder-status') as HTMLElement
    const { recorder } = globalThis.statusPage
    status.remove()
    document.body.append(status)
    Object.assign(status, { recorder })
  })
  expect(await handlers()).toBe(1)
  await page.evaluate(() =>
    Object.assign(document.querySelector('recorder-status') as object, { recorder: null }),
  )
  expect([await handlers(), await textOf(page)]).toEqual([0, 'Connecting'])
  await page.evaluate(() => {
    const made = document.createElement('recorder-status')
    made.recorder = globalThis.statusPage.recorder
    document.querySelector('recorder-status')?.replaceWith(made)
  })
  expect([await handlers(), await textOf(page)]).toEqual([1, 'Recording'])
  await page.evaluate(() => document.querySelector('recorder-status')?.remove())
  expect(await handlers()).toBe(0)
})
