import { createHash } from 'node:crypto'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitFor } from '../support/wait-for.js'
import { openSite, type TestSite } from './page/open-page.js'
import { openPlainBrowser } from './page/plain-browser.js'

let site: TestSite
beforeAll(async () => {
  site = await openSite(['signals'])
})
afterAll(() => site?.[Symbol.asyncDispose]())

const HTML = `
<p id="text">Reverse the words.</p>
<div data-recorder-source="ai"><p id="answer">Split, then join.</p></div>
<textarea id="area"></textarea>
<input id="secret" type="password" />
<div id="editor" data-recorder-file="src/a.ts" style="min-height: 3em"></div>
<button id="full" onclick="document.body.requestFullscreen()">Full</button>
<iframe id="frame" srcdoc="<input id=inner>"></iframe>
`

/** As db/text.ts does it. */
const hashText = (text: string): string => createHash('sha256').update(JSON.stringify(text)).digest('hex')

interface Told {
  type: string
  fileId?: string
  data: { lengthChars?: number; sha256?: string; source?: string; cut?: boolean; sourceSeq?: number }
}
const told = (page: Page) =>
  page.evaluate(() => globalThis.signalsPage.recorder.events as unknown[]) as Promise<Told[]>
const signals = async (page: Page) =>
  (await told(page)).filter(({ type }) => !/^(code|editor|cursor|keystroke)/.test(type))
const types = async (page: Page) => (await signals(page)).map(({ type }) => type)

async function copyFrom(page: Page, selector: string): Promise<string> {
  await page.evaluate((at) => {
    const range = document.createRange()
    range.selectNodeContents(document.querySelector(at) as Element)
    getSelection()?.removeAllRanges()
    getSelection()?.addRange(range)
  }, selector)
  await page.keyboard.press('Control+c')
  return (await page.textContent(selector)) as string
}

test('copies and pastes by real keys: how long, the hash, where from; the signal before its edit', async () => {
  await using opened = await site.open('signals', { html: HTML })
  const { page, context, misdeeds } = opened
  const other = await context.newPage()
  await other.goto(page.url())
  const foreign = 'const \u{1f600} = "lone \ud83d"\n'
  const fromText = await copyFrom(page, '#text')
  await page.focus('#area')
  await page.keyboard.press('Control+v')
  const fromAnswer = await copyFrom(page, '#answer')
  await page.locator('.cm-content').click()
  await page.keyboard.press('Control+v')
  await page.keyboard.press('Control+End')
  await page.keyboard.press('Enter')
  await page.keyboard.type('mine')
  await page.keyboard.press('Shift+Home')
  await page.keyboard.press('Control+x')
  await page.keyboard.press('Control+v')
  await other.evaluate((text) => navigator.clipboard.writeText(text), foreign)
  await page.focus('#area')
  await page.keyboard.press('Control+v')
  await page.focus('#secret')
  await page.keyboard.press('Control+v')

  const clean = await page.evaluate(() => navigator.clipboard.readText())
  expect((await signals(page)).map(({ type, fileId, data }) => ({ type, fileId, ...data }))).toEqual([
    { type: 'copy', source: 'page', lengthChars: fromText.length, sha256: hashText(fromText) },
    { type: 'paste', source: 'page', lengthChars: fromText.length, sha256: hashText(fromText) },
    { type: 'copy', source: 'ai', lengthChars: fromAnswer.length, sha256: hashText(fromAnswer) },
    {
      type: 'paste',
      source: 'ai',
      lengthChars: fromAnswer.length,
      sha256: hashText(fromAnswer),
      fileId: 'src/a.ts',
    },
    { type: 'copy', source: 'own', lengthChars: 4, sha256: hashText('mine'), cut: true, fileId: 'src/a.ts' },
    { type: 'paste', source: 'own', lengthChars: 4, sha256: hashText('mine'), fileId: 'src/a.ts' },
    { type: 'paste', source: 'outside', lengthChars: clean.length, sha256: hashText(clean) },
  ])
  const inEditor = (await told(page)).filter(
    ({ fileId, type }) => fileId === 'src/a.ts' && type !== 'keystroke',
  )
  const pastes = inEditor.flatMap(({ type }, i) => (type === 'paste' ? [inEditor[i + 1]?.type] : []))
  expect(pastes).toEqual(['code_edit', 'code_edit'])
  expect(JSON.stringify(await signals(page))).not.toMatch(/Reverse|Split|mine|lone/)
  expect(misdeeds).toEqual([])
})

test('a megabyte: in its place at once, and its hash follows', async () => {
  await using opened = await site.open('signals', { html: HTML })
  const { page, misdeeds } = opened
  const text = 'a line of some text\r\n'.repeat(50_000)
  await page.evaluate((long) => navigator.clipboard.writeText(long), text)
  const onClipboard = await page.evaluate(() => navigator.clipboard.readText())
  await page.focus('#secret')
  // Into the page, not into a field: Chromium takes seconds to show so much, which is not what is measured.
  await page.evaluate(() => (document.activeElement as HTMLElement).blur())
  for (let i = 0; i < 7; i++) await page.keyboard.press('Control+v')
  const hashes = await waitFor('the hashes', async () => {
    const found = (await signals(page)).filter(({ type }) => type === 'custom:clipboard_hash')
    return found.length === 7 && found
  })
  const all = await told(page)
  for (const { data } of hashes) {
    expect(data.sha256).toBe(hashText(onClipboard))
    const signal = all[(data.sourceSeq as number) - 1]
    expect(signal).toEqual({ type: 'paste', data: { lengthChars: onClipboard.length, source: 'outside' } })
  }
  const tookMs = await page.evaluate(() => globalThis.signalsPage.tookMs)
  console.log(
    `handlers of a paste of ${onClipboard.length} characters: ${tookMs.map((ms) => ms.toFixed(1)).join(' ')} ms`,
  )
  expect(misdeeds).toEqual([])
})

test('short texts, one after the other: each has its hash, with the signal or behind it', async () => {
  await using opened = await site.open('signals', { html: HTML })
  const { page } = opened
  const text = 'some code;\n'.repeat(370)
  await page.evaluate((short) => navigator.clipboard.writeText(short), text)
  await page.focus('#area')
  for (let i = 0; i < 15; i++) await page.keyboard.press('Control+v')
  const hashOf = await waitFor('all hashes', async () => {
    const found = new Map<number, string | undefined>()
    for (const [i, { type, data }] of (await told(page)).entries()) {
      if (type === 'paste' && data.sha256) found.set(i + 1, data.sha256)
      if (type === 'custom:clipboard_hash') found.set(data.sourceSeq as number, data.sha256)
    }
    return found.size === 15 && found
  })
  expect(new Set(hashOf.values())).toEqual(new Set([hashText(text)]))
  const pastes = (await told(page)).flatMap(({ type }, i) => (type === 'paste' ? [i + 1] : []))
  expect([...hashOf.keys()].sort((a, b) => a - b)).toEqual(pastes)
  const tookMs = await page.evaluate(() => globalThis.signalsPage.tookMs)
  console.log(`handlers of a paste of 4 kB: ${tookMs.map((ms) => ms.toFixed(1)).join(' ')} ms`)
})

test('the end of fullscreen', async () => {
  await using opened = await site.open('signals', { html: HTML })
  const { page } = opened
  await page.click('#full')
  await page.waitForFunction(() => document.fullscreenElement !== null)
  expect(await types(page)).toEqual([])
  await page.evaluate(() => document.exitFullscreen())
  await waitFor('the signal', async () => (await types(page)).length > 0)
  expect(await types(page)).toEqual(['fullscreen_exit'])
})

test('the network goes and comes', async () => {
  await using opened = await site.open('signals', { html: HTML })
  const { page, context } = opened
  await context.setOffline(true)
  await waitFor('the loss', async () => (await types(page)).length === 1)
  await page.evaluate(() => globalThis.signalsPage.recorder.becomes({ state: 'offline' }))
  await context.setOffline(false)
  await page.waitForFunction(() => navigator.onLine)
  await page.evaluate(() => globalThis.signalsPage.recorder.becomes({ state: 'recording' }))
  await waitFor('the return', async () => (await types(page)).length === 2)
  expect((await signals(page)).map(({ type, data }) => [type, data.source])).toEqual([
    ['connection_lost', 'browser'],
    ['connection_restored', 'recorder'],
  ])
})

test('another tab in front, a frame of the page, the page left: as a browser with tabs tells it', async () => {
  await using plain = await openPlainBrowser()
  const [context] = plain.browser.contexts()
  if (context === undefined) throw new Error('no context')
  const [page] = context.pages()
  if (page === undefined) throw new Error('no page')
  await using opened = await site.open('signals', { html: HTML })
  const url = opened.page.url()
  await page.goto(url)
  await page.waitForFunction(() => document.documentElement.dataset.ready === 'yes')
  await page.mouse.click(5, 5)
  // A window that has just been opened may first have the focus elsewhere, which is told, and so is the end of it.
  const started = await waitFor('the focus', async () => {
    const told = await types(page)
    const isBack = told.at(-1) !== 'window_blur' && (await page.evaluate(() => document.hasFocus()))
    return isBack && { count: told.length }
  })
  const since = async () => (await types(page)).slice(started.count)

  // Into a frame of the page, and out of it: nobody went anywhere.
  await page.frameLocator('#frame').locator('#inner').click()
  await page.waitForFunction(() => document.activeElement?.tagName === 'IFRAME')
  await page.click('#text')
  expect(await since()).toEqual([])

  const away = await context.newPage()
  await away.bringToFront()
  await waitFor('both signals', async () => (await since()).length === 2)
  expect((await since()).sort()).toEqual(['tab_hidden', 'window_blur'])
  await page.bringToFront()
  await waitFor('both ends', async () => (await since()).length === 4)
  expect((await since()).slice(2).sort()).toEqual(['tab_visible', 'window_focus'])

  // A page that is opened behind another one starts hidden.
  const behind = await plain.browser.newBrowserCDPSession()
  await behind.send('Target.createTarget', { url, background: true })
  const opening = await waitFor('the page', () => context.pages().find((one) => one !== page && one !== away))
  // A hidden page has no frames in which to look.
  await opening.waitForFunction(() => document.documentElement.dataset.ready === 'yes', null, { polling: 50 })
  expect((await types(opening))[0]).toBe('tab_hidden')

  await page.evaluate(() => {
    addEventListener('pagehide', () => {
      localStorage.setItem('last', globalThis.signalsPage.recorder.events.at(-1)?.type ?? '')
    })
  })
  await page.goto(url)
  expect(await page.evaluate(() => localStorage.getItem('last'))).toBe('tab_hidden')
})

test('nothing after stop', async () => {
  await using opened = await site.open('signals', { html: HTML })
  const { page, context } = opened
  await page.evaluate(() => globalThis.signalsPage.stop())
  await copyFrom(page, '#text')
  await page.focus('#area')
  await page.keyboard.press('Control+v')
  await context.setOffline(true)
  await page.waitForFunction(() => !navigator.onLine)
  expect(await types(page)).toEqual([])
})
