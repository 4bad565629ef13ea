import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { waitFor } from '../support/wait-for.js'
import { type OpenInterview, verdictOf } from './harness/open-interview.js'
import { ELSEWHERE } from './harness/page-server.js'
import { onDisk, type Rig, startRig } from './harness/rig.js'

// What becomes of the last events of a page that is left.

vi.setConfig({ testTimeout: 180_000 })

let rig: Rig
beforeAll(async () => {
  rig = await startRig()
})
afterAll(async () => {
  await rig?.[Symbol.asyncDispose]()
})

const CHUNK_BYTES = 1_000
const LEAVING_PAGES = 4

/**
 * Records so many bytes in one go, and leaves for good in the same task. For a page of the same origin, since those share a process: to a
 * page that makes place for another process Chromium gives half a second to hear of it, and on a busy machine that passes.
 */
async function recordAndLeave({ candidate, oracle }: OpenInterview, bytes: number): Promise<void> {
  const { page, load } = candidate
  const leaving = page.waitForURL(`**${ELSEWHERE}`)
  await page.evaluate(
    ([count, chunk, address]) => {
      for (let n = 0; n < count; n++)
        globalThis.interview?.record({ type: 'custom:last', data: { n, text: 'x'.repeat(chunk) } })
      location.href = address
    },
    [Math.floor(bytes / CHUNK_BYTES), CHUNK_BYTES - 80, ELSEWHERE] as const,
  )
  await leaving
  load.end = { how: 'left', why: 'gone', atMs: Date.now() }
  expect(oracle.loads).toHaveLength(1)
}

const committedOf = async ({ sessionId, candidate }: OpenInterview): Promise<number> => {
  const [row] = await rig.stack.world.sql<{ committed: number }[]>`
    select committed_seq::int as committed from session_sources
    where session_id = ${sessionId} and source_id = ${candidate.load.sourceId}`
  return row?.committed ?? 0
}

test('[R11] up to 60 KiB that could not be sent go out with the page, over a connection of their own', async () => {
  // On a machine at ten times its load Chromium opens no connection at all for one page in five that is left: of several, one.
  let hasGone = false
  for (let page = 0; page < LEAVING_PAGES && !hasGone; page++) {
    await using interview = await rig.open()
    const { candidate } = interview
    // The socket is dead and nobody knows; what is asked for anew gets through.
    rig.stack.link.halfOpen()
    await recordAndLeave(interview, 55_000)
    const { events } = candidate.load
    const lastSeq = events.findLastIndex((event) => event?.type === 'custom:last') + 1
    expect(lastSeq).toBeGreaterThan(50)
    const isCommitted = async () => (await committedOf(interview)) >= lastSeq
    hasGone = await waitFor('all of it to be committed, with no page of it left', isCommitted).catch(
      () => false,
    )
    // What a browser says of a page after that is on its disk; and what did not go with the page.
    await candidate.openAgain()
    expect(await verdictOf(rig.stack, interview)).toMatchObject({ findings: [], losses: [] })
  }
  expect(hasGone).toBe(true)
})

test('[R11] what is more than that stays on disk, for the next load of the page', async () => {
  await using interview = await rig.open()
  const { candidate, oracle } = interview
  rig.stack.link.halfOpen()
  await recordAndLeave(interview, 400_000)
  await candidate.openAgain()
  expect(await verdictOf(rig.stack, interview)).toMatchObject({ findings: [], losses: [] })
  expect(oracle.loads).toHaveLength(2)
})

test('[R11] left in the middle of typing while the service is away: all of it is on disk', async () => {
  await using interview = await rig.open()
  const { candidate, oracle } = interview
  rig.stack.link.down()
  // At whatever point of a write the page is left.
  for (let n = 0; n < 6; n++) {
    await candidate.page.keyboard.type('words ', { delay: 20 + n * 10 })
    await candidate.reload()
  }
  await candidate.page.keyboard.type('and closed', { delay: 20 })
  await candidate.closeTab()
  rig.stack.link.up()
  expect(await verdictOf(rig.stack, interview)).toMatchObject({ findings: [], losses: [] })
  expect(oracle.loads).toHaveLength(8)
})

test('[R11] left while the service is away, and the browser killed soon after: all of it is on disk', async () => {
  await using interview = await rig.open()
  const { candidate } = interview
  rig.stack.link.down()
  await candidate.page.keyboard.type('words ', { delay: 30 })
  await candidate.reload()
  // The load that comes next can't be connected, but it has a disk: once it is open, nothing hangs on the browser.
  await onDisk(candidate.page, candidate.load)
  await candidate.killBrowser()
  rig.stack.link.up()
  const { findings } = await verdictOf(rig.stack, interview)
  expect(findings).toEqual([])
})
