import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { screenOf } from '../../replay/test-support/screen.js'
import type { stateView } from '../../server/http/state-view.js'
import { momentInHash } from '../../web/src/player/moment.js'
import type { ProductProcess } from './process.js'
import { aRecordedSession, type RecordedSession } from './recorded-session.js'
import { waitFor } from './wait-for.js'
import type { World } from './world.js'

const SAMPLE = fileURLToPath(
  new URL('../../scripts/simulate/samples/demo-interview.ndjson.gz', import.meta.url),
)

/** The demo interview, a whole real one of twelve minutes, recorded and closed. */
export async function aRecordedInterview(world: World, server: ProductProcess): Promise<RecordedSession> {
  const lines = gunzipSync(readFileSync(SAMPLE)).toString('utf8').trimEnd().split('\n')
  const events = lines.map((line) => JSON.parse(line) as { timestamp: number; type: string })
  const startMs = Date.now() - (events.at(-1)?.timestamp ?? 0)
  const session = await aRecordedSession(world, server, { question: { title: 'Free slots' } })
  const sent = events.map((event) => ({ ...event, timestamp: startMs + event.timestamp }))
  await session.send('tab', sent, 'committed')
  await session.close()
  return session
}

/** The path of the file in front. */
export const shownPath = (page: Page): Promise<string | null> =>
  page.locator('.file-row[aria-current="true"]').getAttribute('title')

/** The text in the editor; of a file that fits into it and a little more. */
export const shownCode = async (page: Page): Promise<string> =>
  (await page.locator('.code-editor .cm-line').allTextContents()).join('\n')

/** What a terminal's screen shows, line by line without its empty ones. */
export const shownScreen = async (page: Page): Promise<string[]> =>
  (await page.locator('.terminal-screen .xterm-rows > div').allTextContents())
    .map((line) => line.replaceAll('\u00a0', ' ').trimEnd())
    .filter((line) => line !== '')

/** The moment that the address holds, ms after the start; null while following. */
export const momentOf = (page: Page): number | null => momentInHash(new URL(page.url()).hash)

/** Acts, and waits until the address holds another moment than before. */
export async function movedBy(page: Page, act: () => Promise<unknown>): Promise<number> {
  const before = momentOf(page)
  await act()
  return waitFor('another moment in the address', () => {
    const now = momentOf(page)
    return now === before ? null : now
  })
}

const tabCount = async (page: Page, tab: string): Promise<number> => {
  const text = await page.locator(`#tab-${tab}`).textContent()
  return Number(/[\d,]+$/.exec(text ?? '')?.[0].replaceAll(',', '') ?? 0)
}

/**
 * Waits until the panes show what GET /state answers for a moment, epoch ms: the file in front, the terminal's last line, how
 * many turns and runs of tests. `code` says whether the file in front is drawn whole, or only its part in view.
 */
export async function expectPanesAsState(
  page: Page,
  session: RecordedSession,
  atMs: number,
  code: 'whole' | 'in view' = 'whole',
): Promise<void> {
  const state = await session.get<ReturnType<typeof stateView>>(`/state?atMs=${atMs}`)
  const { columns, rows, output } = state.terminal
  const screen = await screenOf([{ columns, rows }, { write: output }])
  const lines = screen.slice(1, -1).map((line) => line.trimEnd())
  await expect
    .poll(
      async () => {
        const text = state.files[(await shownPath(page)) ?? '']
        const shown = await shownCode(page)
        return {
          code: code === 'whole' ? shown === text : shown !== '' && text?.includes(shown),
          lastLine: (await shownScreen(page)).at(-1) ?? '',
          turns: await tabCount(page, 'chat'),
          runs: await tabCount(page, 'tests'),
        }
      },
      { timeout: 20_000 },
    )
    .toEqual({
      code: true,
      lastLine: lines.findLast((line) => line !== '') ?? '',
      turns: state.chat.length,
      runs: state.tests.length,
    })
}
