import headless from '@xterm/headless'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSite, type TestSite } from './page/open-page.js'

let site: TestSite
beforeAll(async () => {
  site = await openSite(['terminal'])
})
afterAll(() => site?.[Symbol.asyncDispose]())

const HTML = '<div id="terminal" style="width: 800px; height: 500px"></div>'
const BURST_BYTES = 256 * 1024

type Streamed = [channel: string, data: string]

const streamed = (page: Page): Promise<Streamed[]> =>
  page.evaluate(() =>
    globalThis.terminalPage.recorder.events.map(({ data }): [string, string] => {
      const { channel, data: text } = data as { channel: string; data: string }
      return [channel, text]
    }),
  )
const screen = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    await globalThis.terminalPage.settled()
    return globalThis.terminalPage.screen()
  })
const of = (events: readonly Streamed[], channel: string): string =>
  events.flatMap(([one, data]) => (one === channel ? [data] : [])).join('')

/** The screen that the events alone make. */
async function rebuilt(events: readonly Streamed[]): Promise<string[]> {
  const terminal = new headless.Terminal({ cols: 80, rows: 24, scrollback: 5000, allowProposedApi: true })
  const parsed = () => new Promise<void>((resolve) => terminal.write('', resolve))
  for (const [channel, data] of events) {
    if (channel === 'o') terminal.write(data)
    if (channel !== 'r') continue
    await parsed()
    const [cols, rows] = data.split('x').map(Number)
    terminal.resize(cols as number, rows as number)
  }
  await parsed()
  const { active } = terminal.buffer
  const lines = Array.from({ length: active.length }, (_, y) => {
    const line = active.getLine(y)
    return Array.from({ length: terminal.cols }, (_, x) => {
      const cell = line?.getCell(x)
      return cell?.isFgDefault() ? cell.getChars() || ' ' : `${cell?.getChars()}<${cell?.getFgColor()}>`
    })
      .join('')
      .trimEnd()
  })
  return [`${terminal.cols}x${terminal.rows}`, ...lines, `cursor ${active.cursorX} ${active.cursorY}`]
}

test.each([1, 20260105, 777])(
  'a burst of 256 KiB, typed into and resized, is whole and in order: seed %i',
  async (seed) => {
    await using opened = await site.open('terminal', { html: HTML })
    const { page, misdeeds } = opened
    await page.click('#terminal')
    const burst = page.evaluate(([bytes, from]) => globalThis.terminalPage.burst(bytes, from), [
      BURST_BYTES,
      seed,
    ] as const)
    await Promise.all([burst, page.keyboard.type('ls -la\r', { delay: 3 })])
    const expected = await screen(page)
    const printed = await page.evaluate(() => globalThis.terminalPage.printed())
    const events = await streamed(page)
    expect(new TextEncoder().encode(printed).length).toBeGreaterThan(BURST_BYTES)
    expect(of(events, 'o')).toBe(printed)
    expect(of(events, 'i')).toBe('ls -la\r')
    expect(await rebuilt(events)).toEqual(expected)
    const output = events.filter(([channel]) => channel === 'o')
    expect(Math.max(...output.map(([, data]) => data.length))).toBeLessThan(100 * 1024)
    expect(misdeeds).toEqual([])
  },
)

test('what is typed is recorded as it is typed, and echoed only as far as it was', async () => {
  await using opened = await site.open('terminal', { html: HTML })
  const { page } = opened
  await page.click('#terminal')
  await page.keyboard.type('ls\r!secret\r')
  await page.keyboard.press('ArrowUp')
  await page.evaluate(() => navigator.clipboard.writeText('pasted'))
  await page.keyboard.press('Control+Shift+v')
  const expected = await screen(page)
  const events = await streamed(page)
  expect(of(events, 'i')).toBe('ls\r!secret\r\u001b[Apasted')
  expect(of(events, 'o')).not.toContain('secret')
  expect(await rebuilt(events)).toEqual(expected)
})

test('after a pause the whole screen is told again; clearing and resetting are seen', async () => {
  await using opened = await site.open('terminal', { html: HTML })
  const { page, misdeeds } = opened
  const run = (act: (own: typeof globalThis.terminalPage) => void) =>
    page.evaluate(`(${act.toString()})(globalThis.terminalPage)`)
  const isRebuilt = async () => expect(await rebuilt(await streamed(page))).toEqual(await screen(page))

  await run(({ terminal }) => terminal.write('one\r\n\u001b[32mtwo\u001b[0m\r\n$ '))
  await isRebuilt()
  await run(({ terminal, recorder }) => {
    recorder.pause()
    terminal.write('\u001b[2J\u001b[Hunseen\r\n$ ')
    terminal.resize(50, 12)
  })
  await screen(page)
  expect(of(await streamed(page), 'o')).not.toContain('unseen')
  await run(({ recorder }) => recorder.resume())
  await isRebuilt()
  await run(({ terminal }) => terminal.clear())
  await isRebuilt()
  await run(({ terminal }) => terminal.write('three\r\n$ '))
  await isRebuilt()
  await run(({ terminal }) => terminal.reset())
  await isRebuilt()
  expect(misdeeds).toEqual([])
})

test('a page that is left while it prints: what was printed is with the recorder before it sends its last', async () => {
  await using opened = await site.open('terminal', { html: HTML })
  const { page } = opened
  await page.evaluate(() => {
    addEventListener('pagehide', () => {
      const last = globalThis.terminalPage.recorder.events.at(-1)?.data as { data: string }
      localStorage.setItem('last', last.data)
    })
    location.reload()
  })
  await page.waitForFunction(() => localStorage.getItem('last') !== null)
  expect(await page.evaluate(() => localStorage.getItem('last'))).toBe('the last words')
})
