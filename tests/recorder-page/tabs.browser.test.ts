import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { waitFor } from '../support/wait-for.js'
import { Candidate, loadOf } from './harness/candidate.js'
import { verdictOf } from './harness/open-interview.js'
import { type Rig, startRig, whenRecording } from './harness/rig.js'

// One candidate in two places.

vi.setConfig({ testTimeout: 180_000 })

let rig: Rig
beforeAll(async () => {
  rig = await startRig()
})
afterAll(async () => {
  await rig?.[Symbol.asyncDispose]()
})

const signalsOf = async (sessionId: string) => {
  const events = await rig.stack.world.readAll(rig.stack.server, sessionId)
  return events.filter(({ type }) => type === 'second_tab')
}

test('[R1] two tabs: both are recorded, each as a source of its own, and the recording says so', async () => {
  await using interview = await rig.open('one text\n')
  const { candidate, oracle, sessionId } = interview
  const other = await candidate.context.newPage()
  await other.goto(candidate.request.address)
  const otherLoad = await loadOf(other, oracle)
  await whenRecording(other)
  // Both at once, key by key.
  for (const [own, others] of [...'abcdefghijklmnopqrst'].map((letter) => [letter, letter.toUpperCase()])) {
    await candidate.page.keyboard.press(own ?? '')
    await other.keyboard.press(others ?? '')
  }
  const signals = await waitFor('the signal', async () => {
    const found = await signalsOf(sessionId)
    return found.length > 0 && found
  })
  expect(signals).toHaveLength(1)
  const verdict = await verdictOf(rig.stack, interview)
  expect(verdict).toMatchObject({ findings: [], losses: [] })
  const [first, second] = oracle.loads
  expect(oracle.loads).toHaveLength(2)
  expect(second).toBe(otherLoad)
  expect(first?.texts.at(-1)).toBe('abcdefghijklmnopqrstone text\n')
  expect(second?.texts.at(-1)).toBe('ABCDEFGHIJKLMNOPQRSTone text\n')
})

test('[R1] two computers: both are recorded, each as a source of its own', async () => {
  await using interview = await rig.open('one text\n')
  const { candidate, oracle } = interview
  const profile = await mkdtemp(join(tmpdir(), 'recorder-profile-'))
  const other = await Candidate.open({ ...candidate.request, profile })
  try {
    await whenRecording(other.page)
    await candidate.page.keyboard.type('here ', { delay: 30 })
    await other.page.keyboard.type('there ', { delay: 30 })
    await candidate.reload()
    await candidate.page.keyboard.type('again ', { delay: 30 })
    expect(await verdictOf(rig.stack, interview)).toMatchObject({ findings: [], losses: [] })
    expect(oracle.loads.map(({ texts }) => texts.at(-1))).toEqual([
      'here one text\n',
      'there one text\n',
      'again here one text\n',
    ])
  } finally {
    await other.quit()
    await rm(profile, { recursive: true, force: true, maxRetries: 5 })
  }
})
