import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { verdictOf } from './harness/open-interview.js'
import { type Rig, startRig } from './harness/rig.js'

// A break that the candidate was promised.

vi.setConfig({ testTimeout: 180_000 })

let rig: Rig
beforeAll(async () => {
  rig = await startRig()
})
afterAll(async () => {
  await rig?.[Symbol.asyncDispose]()
})

test('while it is paused nothing is recorded; afterwards the text is told anew', async () => {
  await using interview = await rig.open('start\n')
  const { candidate, sessionId } = interview
  const { page } = candidate
  await page.keyboard.type('before ', { delay: 20 })
  await page.evaluate(() => globalThis.interview?.recorder.pause('lunch'))
  await page.keyboard.type('SECRET ', { delay: 20 })
  expect(await page.evaluate(() => globalThis.interview?.recorder.status.isPaused)).toBe(true)
  await page.keyboard.press('Control+z')
  await page.evaluate(() => globalThis.interview?.select(0, Number.MAX_SAFE_INTEGER))
  await page.keyboard.type('clean ', { delay: 20 })
  await page.evaluate(() => globalThis.interview?.recorder.resume())
  await page.keyboard.type('after', { delay: 20 })
  expect(await verdictOf(rig.stack, interview)).toMatchObject({ findings: [], losses: [] })
  expect(candidate.load.texts.at(-1)).toBe('clean after')

  const kept = await rig.stack.world.readAll(rig.stack.server, sessionId)
  expect(JSON.stringify(kept)).not.toContain('SECRET')
  expect(kept.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['custom:recording_paused', 'custom:recording_resumed']),
  )
  expect(kept.find(({ type }) => type === 'custom:recording_paused')?.data).toMatchObject({ reason: 'lunch' })
})
