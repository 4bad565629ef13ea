import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { waitFor } from '../support/wait-for.js'
import { loadOf } from './harness/candidate.js'
import { clockScript } from './harness/clock-script.js'
import { type OpenInterview, verdictOf } from './harness/open-interview.js'
import { onDisk, type Rig, startRig, whenRecording } from './harness/rig.js'

// What becomes of a recording where the browser's disk is not to be had: it goes on, and the status says so.

// A machine that has other things to do takes its time.
vi.setConfig({ testTimeout: 180_000 })

let rig: Rig
beforeAll(async () => {
  rig = await startRig()
})
afterAll(async () => {
  await rig?.[Symbol.asyncDispose]()
})

const statusOf = (page: Page) =>
  page.evaluate(() => {
    const { state, storage, error, notKept } = globalThis.interview?.recorder.status ?? {}
    return { state, storage, code: error?.code, notKept }
  })

const storageIs = async (page: Page, storage: string) => {
  await waitFor(`storage ${storage}`, async () => (await statusOf(page)).storage === storage)
}

/** Scripts that run before the page's own. */
const BROKEN = {
  missing: () => {
    Object.defineProperty(globalThis, 'indexedDB', { value: undefined })
  },
  'not to be opened': () => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('refused', 'SecurityError')
    }
  },
  'failing when opened': () => {
    const open = IDBFactory.prototype.open
    // A version below the one that is there.
    IDBFactory.prototype.open = function (name) {
      open.call(this, name, 9)
      return open.call(this, name, 1)
    }
  },
  'never opened': () => {
    IDBFactory.prototype.open = () => new EventTarget() as IDBOpenDBRequest
  },
  'refusing what is written': () => {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException('full', 'QuotaExceededError')
    }
  },
  'aborting what is written': () => {
    IDBTransaction.prototype.commit = function () {
      this.abort()
    }
  },
} satisfies Record<string, () => void>

test.each(Object.entries(BROKEN))('[I2][I8] storage %s: recording goes on', async (_, breakIt) => {
  await using interview = await rig.open(undefined, breakIt)
  const { candidate, oracle } = interview
  await candidate.page.keyboard.type('typed ', { delay: 20 })
  rig.stack.link.cut()
  await candidate.page.keyboard.type('and kept', { delay: 20 })
  await storageIs(candidate.page, 'failed')
  expect(await statusOf(candidate.page)).toMatchObject({ code: 'OUTBOX_FAILED', notKept: 0 })
  expect(oracle.storageFailures).toEqual([candidate.load.sourceId])
  await whenRecording(candidate.page)
  const verdict = await verdictOf(rig.stack, interview)
  expect(verdict).toMatchObject({ findings: [], losses: [] })
})

test('[I2][I8] a full disk: recording goes on, and is on disk again once there is room', async () => {
  await using interview = await rig.open()
  // What there is room for is asked for rarely, of a storage that is in use: this one has not been.
  await using window = await privateWindow(interview)
  const { page } = window
  const session = await page.context().newCDPSession(page)
  const { origin } = rig.pages
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 })
  const load = await window.open()
  await page.keyboard.type('no room for this ', { delay: 20 })
  await storageIs(page, 'failed')
  expect(interview.oracle.storageFailures).toEqual([load.sourceId])
  await session.send('Storage.overrideQuotaForOrigin', { origin })
  await storageIs(page, 'disk')
  expect(await statusOf(page)).toMatchObject({ state: 'recording', code: undefined, notKept: 0 })
  expect(await verdictOf(rig.stack, interview)).toMatchObject({ findings: [], losses: [] })
})

test('[I2][R11] a private window: on disk as long as the window lives', async () => {
  await using interview = await rig.open()
  await using window = await privateWindow(interview)
  const { page } = window
  const load = await window.open()
  await page.keyboard.type('in private ', { delay: 20 })
  await storageIs(page, 'disk')
  rig.stack.link.down()
  await page.keyboard.type('and offline', { delay: 20 })
  await onDisk(page, load)
  load.end = { how: 'left', why: 'reload', atMs: Date.now() }
  rig.stack.link.up()
  await page.reload()
  await loadOf(page, interview.oracle)
  expect(await verdictOf(rig.stack, interview)).toMatchObject({ findings: [], losses: [] })
})

/** The same interview in a window whose storage is in memory, and gone with it. */
async function privateWindow({ candidate, oracle }: OpenInterview) {
  const context = await candidate.context.browser()?.newContext()
  if (context === undefined) throw new Error('The browser gives no private window.')
  await context.addInitScript({ content: clockScript(0, 'while-loading') })
  const page = await context.newPage()
  return {
    page,
    open: async () => {
      await page.goto(candidate.request.address)
      const load = await loadOf(page, oracle)
      await whenRecording(page)
      return load
    },
    [Symbol.asyncDispose]: () => context.close(),
  }
}
