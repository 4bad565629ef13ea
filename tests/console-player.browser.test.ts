import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser, openPage } from './support/browser.js'
import {
  aRecordedInterview,
  expectPanesAsState,
  momentOf,
  movedBy,
  shownCode,
} from './support/player-page.js'
import type { ProductProcess } from './support/process.js'
import { aRecordedSession, type RecordedSession } from './support/recorded-session.js'
import { waitFor } from './support/wait-for.js'
import { makeWorld, type World } from './support/world.js'

let world: World
let server: ProductProcess
let browser: Browser
let interview: RecordedSession
let startMs: number

beforeAll(async () => {
  world = await makeWorld()
  ;[server] = await Promise.all([world.startServer(), world.startWorker()])
  browser = await openBrowser()
  interview = await aRecordedInterview(world, server)
  startMs = Math.min(...(await interview.all()).map(({ timestamp }) => timestamp))
})
afterAll(async () => {
  await browser?.close()
  await world?.[Symbol.asyncDispose]()
})

async function openPlayer(hash = '', id = interview.id) {
  const opened = await openPage(browser, server.url, { permissions: ['clipboard-read', 'clipboard-write'] })
  await opened.page.goto(`${server.url}/sessions/${id}#token=${await world.token('proctor')}${hash}`)
  await opened.page.locator('.liveness[data-kind="closed"], .liveness[data-kind="live"]').waitFor()
  return opened
}

/** Whether the first line that is in view in the terminal's pane is not cut by its upper edge. */
const isFirstLineWhole = (page: Page): Promise<boolean> =>
  page.locator('.terminal-screen').evaluate((screen) => {
    const { top } = screen.getBoundingClientRect()
    const rows = [...screen.querySelectorAll('.xterm-rows > div')].map((row) => row.getBoundingClientRect())
    const first = rows.find(({ bottom }) => bottom > top + 1)
    return first === undefined || first.top >= top - 1
  })

test('from checkpoint to checkpoint the panes show what GET /state answers', async () => {
  const { page, context, misdeeds } = await openPlayer('&t=0:01')
  const visited: number[] = []
  for (let n = 0; n < 14; n++) {
    const at = await movedBy(page, () => page.keyboard.press(']'))
    visited.push(at)
    await expectPanesAsState(page, interview, startMs + at)
    await waitFor('a whole line', () => isFirstLineWhole(page))
  }
  expect(visited).toEqual([...visited].sort((a, b) => a - b))
  const back = await movedBy(page, () => page.keyboard.press('['))
  expect(back).toBe(visited.at(-2))
  expect(misdeeds).toEqual([])
  await context.close()
})

test('a link opens its moment, whether loaded, followed or copied', async () => {
  const { page, context, misdeeds } = await openPlayer('&t=5:00')
  await waitFor('the moment, without the token', () => new URL(page.url()).hash === '#t=5:00')
  expect(await page.locator('.transport-time strong').textContent()).toBe('5:00')
  await page.evaluate(() => {
    location.hash = '#t=9:30'
  })
  await page.locator('.transport-time strong', { hasText: '9:30' }).waitFor()

  await page.keyboard.press('Shift+ArrowLeft')
  await page.locator('.transport-time strong', { hasText: '9:00' }).waitFor()
  await page.getByRole('button', { name: 'Copy link' }).click()
  await page.getByRole('button', { name: 'Copied' }).waitFor()
  const link = await page.evaluate(() => navigator.clipboard.readText())
  expect(link).toBe(`${server.url}/sessions/${interview.id}#t=9:00`)
  const colleague = await openPage(browser, server.url)
  await colleague.page.goto(`${server.url}/#token=${await world.token('proctor')}`)
  await colleague.page.goto(link)
  await colleague.page.locator('.transport-time strong', { hasText: '9:00' }).waitFor()
  expect(colleague.misdeeds).toEqual([])
  await colleague.context.close()

  await page.keyboard.press('End')
  await waitFor('no moment while following', () => momentOf(page) === null)
  // Where a page has no clipboard, the link is where everybody can copy it.
  await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }))
  await page.keyboard.press('c')
  await page.getByRole('button', { name: 'In the address bar' }).waitFor()
  expect(momentOf(page)).toBeGreaterThan(10 * 60_000)
  expect(misdeeds).toEqual([])
  await context.close()
})

test('every way to move by keyboard', async () => {
  const { page, context, misdeeds } = await openPlayer('&t=3:00')
  await waitFor('the moment', () => momentOf(page) === 180_000)
  const press = (key: string) => movedBy(page, () => page.keyboard.press(key))
  expect(await press('ArrowRight')).toBe(185_000)
  expect(await press('ArrowLeft')).toBe(180_000)
  expect(await press('Shift+ArrowRight')).toBe(210_000)
  expect(await press('j')).toBe(209_000)
  const events = (await interview.all()).map(({ timestamp, type }) => ({ at: timestamp - startMs, type }))
  const next = events.filter(({ at }) => at > 209_000).map(({ at }) => at)
  expect(await press('.')).toBe(Math.min(...next))
  const edits = events.filter(({ at, type }) => at > Math.min(...next) && type === 'code_edit')
  expect(await press('>')).toBe(Math.min(...edits.map(({ at }) => at)))
  // The same by hand.
  const click = (name: string) => movedBy(page, () => page.getByRole('button', { name, exact: true }).click())
  expect(await click('Previous event')).toBeLessThan(Math.min(...edits.map(({ at }) => at)))
  expect(await click('Next event')).toBe(Math.min(...edits.map(({ at }) => at)))
  expect(await press('Home')).toBe(0)

  const speed = page.getByLabel('Speed')
  await page.keyboard.press('l')
  await page.getByRole('button', { name: 'Pause' }).waitFor()
  expect(await speed.inputValue()).toBe('1')
  await page.keyboard.press('l')
  await page.keyboard.press('l')
  await waitFor('four times as fast', async () => (await speed.inputValue()) === '4')
  await page.keyboard.press('k')
  await page.getByRole('button', { name: 'Play', exact: true }).waitFor()

  await page.keyboard.press('d')
  await page.getByLabel('Compare with').waitFor()
  await page.keyboard.press('?')
  await page.getByRole('dialog').getByText('Copy a link to this moment').waitFor()
  await page.keyboard.press('Escape')
  expect(misdeeds).toEqual([])
  await context.close()
})

test('find: hits in every place, on the timeline, and a way through them', async () => {
  const { page, context, misdeeds } = await openPlayer('&t=0:01')
  await page.keyboard.press('/')
  await page.keyboard.type('mergeMeetings')
  const inCode = page.locator('.find-hit', { hasText: /Code.*free-slots\.js/ })
  await inCode.first().waitFor()
  expect(await inCode.locator('mark').first().textContent()).toBe('mergeMeetings')
  await inCode.first().click()
  await waitFor('the code at the hit', async () => (await shownCode(page)).includes('mergeMeetings'))
  expect(await page.locator('.timeline-hit').count()).toBeGreaterThan(0)
  await page.locator('.find-hit[aria-current="true"]').waitFor()

  await page.keyboard.press('Control+f')
  await page.keyboard.type('zebra')
  await page.getByText('A part of a word is enough, and capitals do not matter.').waitFor()
  await page.keyboard.press('Control+f')
  await page.keyboard.type('MergeMeetings')
  await page.getByText('A text with capitals is found only as it is written').waitFor()
  await page.keyboard.press('Control+f')
  await page.keyboard.type('interview $')
  await page.locator('.find-hit', { hasText: 'Terminal' }).first().waitFor()
  await page.keyboard.press('Control+f')
  await page.keyboard.press('Delete')
  await page.getByRole('button', { name: 'Failed tests' }).click()
  const failed = (await interview.all()).filter(
    ({ type, data }) => type === 'test_result' && !(data as { passed: boolean }).passed,
  )
  await page.getByText(`${failed.length} hits`).waitFor()
  const search = page.getByRole('searchbox')
  await search.press('Enter')
  await page.getByText(`of ${failed.length} hits`).waitFor()
  const first = await page.locator('.find-hit[aria-current="true"]').textContent()
  await search.press('Enter')
  await search.press('Shift+Enter')
  await waitFor(
    'the hit before',
    async () => (await page.locator('.find-hit[aria-current="true"]').textContent()) === first,
  )
  expect(misdeeds).toEqual([])
  await context.close()
})

test('changes: what a file became since the start', async () => {
  const { page, context, misdeeds } = await openPlayer()
  await page.getByRole('button', { name: 'Changes' }).click()
  await page.getByLabel('Compare with').selectOption('start')
  await page.locator('.diff-inserted').first().waitFor()
  const deleted = await page.locator('.diff-deleted del').allTextContents()
  expect(deleted).toContain('  return []')
  const inserted = await page.locator('.diff-inserted').allTextContents()
  expect(inserted).toContain('  const slots = []')
  await page.locator('.file-change[data-change="added"]').waitFor()
  expect(misdeeds).toEqual([])
  await context.close()
})

test('the timeline: press, drag, look closer, see what is there', async () => {
  const { page, context, misdeeds } = await openPlayer('&t=1:00')
  const lanes = page.locator('.timeline-lanes')
  const box = (await lanes.boundingBox()) as NonNullable<Awaited<ReturnType<typeof lanes.boundingBox>>>
  const y = box.y + 30
  const slider = page.getByRole('slider', { name: 'Moment of the interview' })
  // Only then has the address been followed, which would take the playhead away from the pointer.
  await expect.poll(() => slider.getAttribute('aria-valuenow')).toBe('60')
  const headX = async () => {
    const head = (await page.locator('.playhead').boundingBox()) as { x: number; width: number }
    return head.x + head.width / 2
  }
  await page.mouse.move(box.x + box.width * 0.3, y)
  await page.mouse.down()
  for (const part of [0.4, 0.5, 0.6]) {
    await page.mouse.move(box.x + box.width * part, y)
    await waitFor('the playhead under the pointer', async () => {
      return Math.abs((await headX()) - (box.x + box.width * part)) < 2
    })
  }
  await page.mouse.up()
  const before = await slider.getAttribute('aria-valuenow')
  await page.mouse.wheel(0, -800)
  await page.getByRole('button', { name: 'Whole interview' }).waitFor()
  await expect.poll(headX).toBeCloseTo(box.x + box.width * 0.6, -1)
  expect(await slider.getAttribute('aria-valuenow')).toBe(before)
  await page.keyboard.press('0')
  await page.getByRole('button', { name: 'Whole interview' }).waitFor({ state: 'detached' })

  // The break that was agreed is hatched over the lanes; its name is in the card.
  const pauses = (await interview.all()).filter(({ type }) => type === 'custom:recording_paused')
  expect(pauses.length).toBeGreaterThan(0)
  await waitFor('the card', async () => {
    for (let part = 0; part < 1; part += 0.02) {
      await page.mouse.move(box.x + box.width * part, y)
      const card = await page.locator('.hover-card').textContent()
      if (card?.includes('Recording paused')) return true
    }
    return false
  })
  expect(misdeeds).toEqual([])
  await context.close()
})

test('a long line moves the code sideways while it is edited, and no longer', async () => {
  const session = await aRecordedSession(world, server, { question: { title: 'Long lines' } })
  const long = 'x'.repeat(400)
  const edit = (offset: number, timestamp: number) => {
    const place = offset + 1
    const data = { changes: [[offset, 0, 'y']], selection: { anchor: place, head: place } }
    return { type: 'code_edit', fileId: 'a.ts', timestamp, data }
  }
  const startMs = Date.now() - 60_000
  const files = [{ filePath: 'a.ts', content: `${long}\nshort\n` }]
  await session.send(
    'tab',
    [
      { type: 'session_start', timestamp: startMs, data: { files } },
      edit(long.length, startMs + 1000),
      edit(long.length + 2, startMs + 2000),
    ],
    'committed',
  )
  await session.close()
  const { page, context, misdeeds } = await openPlayer('&t=0:01', session.id)
  const leftPx = () => page.locator('.code-editor .cm-scroller').evaluate((scroller) => scroller.scrollLeft)
  await waitFor('the end of the long line', async () => (await leftPx()) > 0)
  await movedBy(page, () => page.keyboard.press('>'))
  await waitFor('the beginnings of the lines', async () => (await leftPx()) === 0)
  expect(misdeeds).toEqual([])
  await context.close()
})

test('of more files than are listed at once, each can be found by its path, listed and chosen', async () => {
  const session = await aRecordedSession(world, server, { question: { title: 'Many files' } })
  const files = Array.from({ length: 640 }, (_, i) => ({
    filePath: `src/file-${String(i).padStart(3, '0')}.js`,
    content: `// the ${i}th\n`,
  }))
  await session.send('tab', [{ type: 'session_start', timestamp: Date.now(), data: { files } }], 'committed')
  await session.close()
  const { page, context, misdeeds } = await openPlayer('', session.id)
  const rows = page.locator('.file-row')
  await page.getByRole('button', { name: 'Show more (340)' }).waitFor()
  expect(await rows.count()).toBe(300)
  const filter = page.getByRole('searchbox', { name: 'List files by a part of their path' })
  await filter.fill('FILE-639')
  await waitFor('the one file', async () => (await rows.count()) === 1)
  await rows.click()
  await waitFor('its code', async () => (await shownCode(page)).includes('the 639th'))
  await filter.fill('nothing')
  await page.getByText('No file has this in its path.').waitFor()
  await filter.fill('')
  await page.getByRole('button', { name: 'Show more (340)' }).click()
  await page.getByRole('button', { name: 'Show more (40)' }).click()
  await waitFor('all files', async () => (await rows.count()) === 640)
  expect(misdeeds).toEqual([])
  await context.close()
})
