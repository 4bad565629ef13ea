import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { onDisk, type Rig, startRig } from './harness/rig.js'

// A machine that has other things to do takes its time.
vi.setConfig({ testTimeout: 180_000 })

let rig: Rig
beforeAll(async () => {
  rig = await startRig('codemirror', { CLOSE_GRACE_MS: '0' })
})
afterAll(async () => {
  await rig?.[Symbol.asyncDispose]()
})

test('[R12] what a tab brings after the grace is refused with a reason, and stays on its disk to be exported', async () => {
  await using interview = await rig.open()
  const { candidate, sessionId, oracle } = interview
  const { page, load } = candidate
  await page.evaluate(() => globalThis.interview?.recorder.whenCommitted())
  rig.stack.link.down()
  await page.keyboard.type('too late', { delay: 20 })
  await onDisk(page, load)
  const { world, server } = rig.stack
  const closed = await world.call(server, 'POST', `/v1/sessions/${sessionId}/close`, { body: {} })
  expect(closed).toMatchObject({ status: 200, body: { status: 'COMPLETED' } })
  rig.stack.link.up()
  const isClosed = () => page.waitForFunction(() => globalThis.interview?.recorder.status.state === 'closed')
  await isClosed()
  expect(await page.evaluate(() => globalThis.interview?.recorder.status.error?.code)).toBe('SESSION_CLOSED')
  const left = () => page.evaluate(() => globalThis.interview?.onDisk())
  const committed = await page.evaluate(() => globalThis.interview?.recorder.status.committedSeq ?? 0)
  const kept = await left()
  expect(kept?.[load.sourceId]).toBeGreaterThanOrEqual(load.events.length - committed)
  expect(load.events.length).toBeGreaterThan(committed)
  // Another load of the page can bring it no more than this one, and leaves it there.
  await page.reload()
  await isClosed()
  expect((await left())?.[load.sourceId]).toBe(kept?.[load.sourceId])
  expect(oracle.loads).toHaveLength(2)
})
