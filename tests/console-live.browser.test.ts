import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRecorder } from '../client-sdk/src/recorder.js'
import { openBrowser, openPage } from './support/browser.js'
import { shownCode } from './support/player-page.js'
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

/** An interview that goes on, with one empty file. */
async function aLiveInterview() {
  const session = await world.createSession(server, { question: 'Live', timeLimit: 3600 })
  const recorder = createRecorder({ url: server.url, token: session.candidateToken })
  const files = [{ filePath: 'a.ts', content: '' }]
  recorder.record({ type: 'session_start', data: { questionTitle: 'Live', files } })
  let at = 0
  const type = (text: string) => {
    recorder.record({ type: 'code_edit', fileId: 'a.ts', data: { changes: [[at, 0, text]] } })
    at += text.length
  }
  return { session, recorder, type }
}

const annotationsOf = async (id: string): Promise<{ text: string; atMs: number }[]> => {
  const path = `/v1/sessions/${id}/annotations`
  return (await world.call<{ annotations: { text: string; atMs: number }[] }>(server, 'GET', path)).body
    .annotations
}

async function openPlayer(id: string) {
  const opened = await openPage(browser, server.url)
  await opened.page.goto(`${server.url}/sessions/${id}#token=${await world.token('proctor')}`)
  return opened
}

test('live: paused while it goes on, wound back, caught up at a speed, back to live', async () => {
  const { session, recorder, type } = await aLiveInterview()
  const { page, context, misdeeds } = await openPlayer(session.id)
  await page.locator('.file-row').waitFor()
  // Not within the millisecond of the start, which is a moment of its own.
  type('one ')
  await waitFor('the code', async () => (await shownCode(page)) === 'one ')
  await page.keyboard.press('k')
  await page.getByText('behind live').waitFor()
  type('two ')
  await recorder.whenReceived()
  await waitFor('the events of the pause', async () => {
    const max = await page.getByRole('slider', { name: 'Moment' }).getAttribute('aria-valuemax')
    return Number(max) >= 1
  })
  expect(await shownCode(page)).toBe('one ')
  await page.keyboard.press('Home')
  await waitFor('the start', async () => (await shownCode(page)) === '')
  await page.getByLabel('Speed').selectOption('2')
  await page.locator('body').press('l')
  await page.locator('.liveness[data-kind="live"]').waitFor()
  await waitFor('caught up', async () => (await shownCode(page)) === 'one two ')
  type('three')
  await waitFor('what comes after', async () => (await shownCode(page)) === 'one two three')
  await page.keyboard.press('ArrowLeft')
  await page.getByText('behind live').waitFor()
  await page.getByRole('button', { name: 'Live', exact: true }).click()
  await page.locator('.liveness[data-kind="live"]').waitFor()
  await recorder.close()
  expect(misdeeds).toEqual([])
  await context.close()
})

test('a candidate who is gone is said to be, for how long, and what was recorded stays', async () => {
  const { session, recorder, type } = await aLiveInterview()
  type('one')
  const { page, context, misdeeds } = await openPlayer(session.id)
  await page.locator('.liveness[data-kind="live"]').waitFor()
  await waitFor('the code', async () => (await shownCode(page)) === 'one')
  await recorder.close()
  const liveness = page.locator('.liveness[data-kind="offline"]')
  await liveness.getByText(/Candidate offline, last event \d+ s ago/).waitFor()
  // It counts on though nothing comes.
  const said = await liveness.textContent()
  await waitFor('a later word', async () => (await liveness.textContent()) !== said)
  expect(await shownCode(page)).toBe('one')
  expect(misdeeds).toEqual([])
  await context.close()
})

test('a note that is being written outlives a sign-in that ends, and nothing else does', async () => {
  const { session, recorder } = await aLiveInterview()
  const { page, context } = await openPlayer(session.id)
  await page.locator('.liveness[data-kind="live"]').waitFor()
  await page.keyboard.press('n')
  await page.getByLabel('Text').fill('Look at the loop')
  await page.getByLabel('Flag: somebody should look at this').check()
  const row = `**/v1/sessions/${session.id}`
  // What is asked for too often is asked for again; it ends nothing.
  let refused = 0
  await page.route(row, (route) => {
    refused += 1
    return route.fulfill({ status: 429, json: { error: { code: 'RATE_LIMITED', message: 'Too often.' } } })
  })
  await waitFor('a row that can’t be read, in all of its tries', () => refused >= 6)
  expect(await page.getByLabel('Text').inputValue()).toBe('Look at the loop')
  await page.unroute(row)
  await page.route(row, (route) =>
    route.fulfill({ status: 401, json: { error: { code: 'TOKEN_EXPIRED', message: 'It is over.' } } }),
  )
  await page.getByLabel('Token or sign-in link').waitFor()
  await page.unroute(row)
  await page.getByLabel('Token or sign-in link').fill(await world.token('proctor'))
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.locator('.liveness[data-kind="live"]').waitFor()
  await page.keyboard.press('n')
  await page.getByText('What you had begun is here again.').waitFor()
  expect(await page.getByLabel('Text').inputValue()).toBe('Look at the loop')
  // The key that comes right after the answer opens the next one.
  await page.evaluate(() => {
    const dialog = document.querySelector('dialog') as HTMLDialogElement
    const { close } = dialog
    dialog.close = () => {
      close.call(dialog)
      queueMicrotask(() =>
        document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'n', bubbles: true })),
      )
    }
  })
  await page.getByRole('button', { name: 'Add flag' }).click()
  await waitFor('a dialog for another note', async () => (await page.getByLabel('Text').inputValue()) === '')
  // Discarded, it is not there again either.
  await page.getByLabel('Text').fill('Not this')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.keyboard.press('n')
  expect(await page.getByLabel('Text').inputValue()).toBe('')
  // A key may come before the browser has told that a dialog was closed: what it opens stays.
  await page.getByRole('button', { name: 'Cancel' }).evaluate(async (cancel) => {
    const dialog = cancel.closest('dialog') as HTMLDialogElement
    const isTold = new Promise((resolve) => dialog.addEventListener('close', resolve))
    ;(cancel as HTMLElement).click()
    await Promise.resolve()
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'n', bubbles: true }))
    await isTold
  })
  await page.getByRole('dialog').waitFor()
  expect(await page.getByRole('dialog').count()).toBe(1)
  await recorder.close()
  await context.close()
})

test('a remark whose answer was lost is not taken for the one that is written in its place', async () => {
  const { session, recorder } = await aLiveInterview()
  const { page, context } = await openPlayer(session.id)
  const live = page.locator('.liveness[data-kind="live"]')
  await live.waitFor()
  // It arrives, and nobody hears of that.
  const annotations = `**/v1/sessions/${session.id}/annotations`
  await page.route(annotations, async (route) => {
    if (route.request().method() !== 'POST') return route.continue()
    await route.fetch()
    await route.fulfill({ status: 400, json: { error: { code: 'INTERNAL', message: 'Out of order.' } } })
  })
  await page.keyboard.press('n')
  await page.getByLabel('Text').fill('Look at the loop')
  await page.getByRole('button', { name: 'Add note' }).click()
  const refused = page.getByRole('alert').getByText('Out of order.')
  await refused.waitFor()
  await page.reload()
  await live.waitFor()
  await page.keyboard.press('n')
  await page.getByText('What you had begun is here again.').waitFor()
  // The same text again counts once.
  await page.getByRole('button', { name: 'Add note' }).click()
  await refused.waitFor()
  await page.unroute(annotations)
  await page.getByLabel('Text').fill('Asked about it')
  await page.getByRole('button', { name: 'Add note' }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  const texts = (await annotationsOf(session.id)).map(({ text }) => text)
  expect(texts).toEqual(['Look at the loop', 'Asked about it'])
  await recorder.close()
  await context.close()
})

test('a note begun live is about that moment, though it is sent after the close', async () => {
  const { session, recorder } = await aLiveInterview()
  const { page, context } = await openPlayer(session.id)
  await page.locator('.liveness[data-kind="live"]').waitFor()
  const begunMs = Date.now()
  await page.keyboard.press('n')
  await page.getByLabel('Text').fill('Look at the loop')
  const row = `**/v1/sessions/${session.id}`
  await page.route(row, (route) =>
    route.fulfill({ status: 401, json: { error: { code: 'TOKEN_EXPIRED', message: 'It is over.' } } }),
  )
  await page.getByLabel('Token or sign-in link').waitFor()
  await page.unroute(row)
  await recorder.close()
  await world.call(server, 'POST', `/v1/sessions/${session.id}/close`, { body: {} })
  await page.getByLabel('Token or sign-in link').fill(await world.token('proctor'))
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.locator('.liveness[data-kind="closed"]').waitFor()
  await page.keyboard.press('n')
  const dialog = page.getByRole('dialog')
  await dialog.getByText('What you had begun is here again.').waitFor()
  expect(await dialog.textContent()).not.toContain('at this moment')
  const sentMs = Date.now()
  await page.getByRole('button', { name: 'Add note' }).click()
  await dialog.waitFor({ state: 'detached' })
  const [note] = await annotationsOf(session.id)
  if (note === undefined) throw new Error('it was kept')
  // The console knows the service's time to a part of a second.
  expect(Math.abs(note.atMs - begunMs)).toBeLessThan(Math.abs(note.atMs - sentMs))
  await context.close()
})

test('more time whose answer was lost counts once, and is not taken for another amount', async () => {
  const { session, recorder } = await aLiveInterview()
  const { page, context } = await openPlayer(session.id)
  // It is given, and the proctor is told that it could not be done.
  let loses = true
  await page.routeWebSocket(/socket\.io/, (socket) => {
    const service = socket.connectToServer()
    const asked = new Set<string>()
    socket.onMessage((message) => {
      const id = /^42\/[^,]+,(\d+)\["extend"/.exec(String(message))?.[1]
      if (id !== undefined) asked.add(id)
      service.send(message)
    })
    service.onMessage((message) => {
      const [, head = '', id = ''] = /^(43\/[^,]+,(\d+))\[/.exec(String(message)) ?? []
      const isLost = loses && asked.has(id)
      socket.send(isLost ? `${head}[{"ok":false,"code":"TRY_LATER","message":"Later."}]` : message)
    })
  })
  await page.reload()
  await page.locator('.liveness[data-kind="live"]').waitFor()
  await page.getByRole('button', { name: 'More time' }).click()
  const failure = page.getByRole('alert').getByText('The service can’t do it right now.')
  const minutes = page.getByLabel('Minutes')
  await minutes.fill('10')
  for (let tries = 0; tries < 2; tries++) {
    await page.getByRole('button', { name: 'Give 10 min' }).click()
    await failure.waitFor()
  }
  loses = false
  await minutes.fill('25')
  await page.getByRole('button', { name: 'Give 25 min' }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  expect((await world.getSession(server, session.id)).timeLimit).toBe(3600 + (10 + 25) * 60)
  await recorder.close()
  await context.close()
})
