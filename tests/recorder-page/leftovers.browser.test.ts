import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { loadOf } from './harness/candidate.js'
import { type OpenInterview, verdictOf } from './harness/open-interview.js'
import { onDisk, type Rig, startRig } from './harness/rig.js'

// What a page load leaves on the disk when it dies, and who sends it [R11].

const HOUR_MS = 3_600_000

// A machine that has other things to do takes its time.
vi.setConfig({ testTimeout: 180_000 })

let rig: Rig
beforeAll(async () => {
  rig = await startRig()
})
afterAll(async () => {
  await rig?.[Symbol.asyncDispose]()
})

/** Types while the service can't be reached, until the disk has all of it. */
async function typeOffline(interview: OpenInterview, text: string): Promise<void> {
  rig.stack.link.down()
  await interview.candidate.page.keyboard.type(text, { delay: 20 })
  await onDisk(interview.candidate.page, interview.candidate.load)
}

test('[I2][R1][R11] killed while offline, opened again an hour later: what it left is sent under its own source, at its own times', async () => {
  await using interview = await rig.open()
  const { candidate, oracle } = interview
  await typeOffline(interview, 'offline ')
  await candidate.crashTab(async () => {
    rig.stack.link.up()
    await candidate.setClockOfNextLoad(HOUR_MS)
  })
  await candidate.page.keyboard.type('and back', { delay: 20 })
  const verdict = await verdictOf(rig.stack, interview)
  expect(verdict).toMatchObject({ findings: [], losses: [] })
  expect(oracle.loads).toHaveLength(2)
  // The clock of the load that sent it is an hour off.
  expect(verdict.clockOffMs).toBeLessThan(1_000)
})

test('[R11] two tabs that open at once: one of them sends what was left, and no other', async () => {
  await using interview = await rig.open()
  const { candidate, oracle } = interview
  await typeOffline(interview, 'offline ')
  const [dead] = oracle.loads
  const senders = new Set<Page>()
  candidate.context.on('page', (page) =>
    page.on('websocket', (socket) =>
      socket.on('framesent', ({ payload }) => {
        if (String(payload).includes(`"sourceId":"${dead?.sourceId}"`)) senders.add(page)
      }),
    ),
  )
  let opening: Promise<unknown> = Promise.resolve()
  await candidate.crashTab(async () => {
    rig.stack.link.up()
    const other = await candidate.context.newPage()
    opening = other.goto(candidate.request.address).then(() => loadOf(other, oracle))
  })
  await opening
  const verdict = await verdictOf(rig.stack, interview)
  expect(verdict).toMatchObject({ findings: [], losses: [] })
  expect(oracle.loads).toHaveLength(3)
  expect(senders.size).toBe(1)
})
