import type { Browser, Route } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { SessionKeyframeView } from '../protocol/http/index.js'
import { openBrowser, openPage } from './support/browser.js'
import { shownCode } from './support/player-page.js'
import type { ProductProcess } from './support/process.js'
import { aRecordedSession, type RecordedSession } from './support/recorded-session.js'
import { waitFor } from './support/wait-for.js'
import { makeWorld, type World } from './support/world.js'

const EVENTS = 10_500
const EVERY_MS = 15

let world: World
let server: ProductProcess
let browser: Browser

beforeAll(async () => {
  world = await makeWorld({ env: { FLUSH_DUE_MS: '100', SWEEP_EVERY_MS: '300' } })
  ;[server] = await Promise.all([world.startServer(), world.startWorker()])
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await world?.[Symbol.asyncDispose]()
})

const startMs = Date.now() - EVENTS * EVERY_MS
const edit = (timestamp: number, text: string, before: string) => ({
  type: 'code_edit',
  timestamp,
  fileId: 'a.ts',
  data: { changes: [[0, before.length, text]] },
})

/** A session that goes on, long enough that it has a keyframe: its file says of each event which one it is. */
async function aLongSession(): Promise<RecordedSession> {
  const session = await aRecordedSession(world, server)
  const edits = Array.from({ length: EVENTS - 1 }, (_, i) =>
    edit(startMs + (i + 1) * EVERY_MS, `version ${i + 1}`, i === 0 ? '' : `version ${i}`),
  )
  const files = [{ filePath: 'a.ts', content: '' }]
  const start = { type: 'session_start', timestamp: startMs, data: { questionTitle: 'Long', files } }
  await session.send('tab', [start, ...edits], 'committed')
  await waitFor('the keyframe', async () => {
    const { keyframe } = await session.get<SessionKeyframeView>('/keyframe')
    return keyframe !== null && keyframe.throughSeq >= 10_000
  })
  return session
}

/** The player, from which all requests for the beginning of the session are kept until they are let go. */
async function openPlayer(id: string) {
  const opened = await openPage(browser, server.url)
  const kept: Route[] = []
  let letGo = () => {}
  const areLetGo = new Promise<void>((resolve) => {
    letGo = resolve
  })
  await opened.page.route('**/events?afterSeq=0&*', async (route) => {
    kept.push(route)
    await areLetGo
    await route.continue()
  })
  await opened.page.goto(`${server.url}/sessions/${id}#token=${await world.token('proctor')}`)
  return { ...opened, kept, letGo }
}

test('the end of a long session is there before its past, which is said to load and can be gone to then', async () => {
  const session = await aLongSession()
  const { page, context, misdeeds, kept, letGo } = await openPlayer(session.id)
  const last = `version ${EVENTS - 1}`
  await waitFor('the end', async () => (await shownCode(page)) === last)
  const liveness = page.locator('.liveness')
  await liveness.getByText(/loading the past, [\d,]+ events to go/).waitFor()
  await waitFor('the past to be asked for', () => kept.length > 0)
  await session.send('tab', [edit(Date.now(), 'and on', last)])
  await waitFor('what comes meanwhile', async () => (await shownCode(page)) === 'and on')

  await page.keyboard.press('Home')
  await page.getByText('Loading this moment…').waitFor()
  expect(await shownCode(page)).toBe('and on')
  letGo()
  await waitFor('the start', async () => (await shownCode(page)) === '')
  await page.getByRole('button', { name: 'Live', exact: true }).click()
  await waitFor('the end again', async () => (await shownCode(page)) === 'and on')
  await liveness.waitFor()
  expect(await liveness.textContent()).not.toContain('loading')
  expect(misdeeds).toEqual([])
  await context.close()
})

test('[R2] what comes late from long ago is shown with all that happened, and nothing wrong before', async () => {
  const session = await aLongSession()
  const { page, context, misdeeds, kept, letGo } = await openPlayer(session.id)
  await waitFor('the end', async () => (await shownCode(page)) === `version ${EVENTS - 1}`)
  await waitFor('the past to be asked for', () => kept.length > 0)
  const early = {
    type: 'ai_interaction',
    timestamp: startMs + 5,
    data: { role: 'user', content: 'Long ago' },
  }
  await session.send('backend', [early])
  await page.getByText('Loading this moment…').waitFor()
  expect(await page.getByText('Long ago').count()).toBe(0)
  letGo()
  await page.getByText('Long ago').first().waitFor()
  await waitFor('the end', async () => (await shownCode(page)) === `version ${EVENTS - 1}`)
  expect(misdeeds).toEqual([])
  await context.close()
})
