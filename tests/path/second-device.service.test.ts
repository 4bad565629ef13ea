import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ProductProcess } from '../support/process.js'
import { connectCandidate, type RawCandidate } from '../support/raw-candidate.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

let world: World
/** Two: the devices of a candidate need not meet on one of them. */
let servers: ProductProcess[]

beforeAll(async () => {
  world = await makeWorld({ env: { SECOND_DEVICE_AFTER_MS: '1500', FLUSH_DUE_MS: '200' } })
  servers = [await world.startServer(), await world.startServer()]
  await world.startWorker()
})
afterAll(async () => {
  await world?.[Symbol.asyncDispose]()
})

interface Page {
  device?: string
  heir?: true
}

/** A session with two pages, each on a server of its own, the second one later than the first. */
async function twoPages(first: Page, second: Page) {
  const { id, candidateToken: token } = await world.createSession(servers[0] as ProductProcess)
  const pages: RawCandidate[] = []
  for (const [i, page] of [first, second].entries()) {
    const url = (servers[i] as ProductProcess).url
    pages.push(await connectCandidate(url, { token, sourceId: randomUUID(), protocol: 1, ...page }))
  }
  const told = async () =>
    (await world.readAll(servers[0] as ProductProcess, id)).filter((event) => event.type === 'second_tab')
  return { id, pages, told }
}

test('[R1] a session that is open on two devices says so, once; what only looks like it does not', async () => {
  const [one, other] = [randomUUID(), randomUUID()]
  const innocent = {
    'two tabs of one browser, which tell of each other themselves': await twoPages(
      { device: one },
      { device: one },
    ),
    'what an earlier page load left': await twoPages({ device: one }, { device: other, heir: true }),
    'a computer that was changed': await twoPages({ device: one }, { device: other }),
  }
  innocent['a computer that was changed'].pages[0]?.close()
  // Later than those above, and on the same servers: when it is noticed, they have been looked at.
  const guilty = await twoPages({ device: one }, { device: other })
  const unnamed = await twoPages({}, {})
  await waitFor(
    'both to be noticed',
    async () => (await guilty.told()).length > 0 && (await unnamed.told()).length > 0,
  )
  for (const [what, { told }] of Object.entries(innocent)) expect([what, await told()]).toEqual([what, []])

  const [event] = await guilty.told()
  const { sources } = await world.getSession(servers[0] as ProductProcess, guilty.id)
  expect(event?.data).toEqual({ source: 'service', sources: [1, 2] })
  expect(sources.find(({ source }) => source === event?.source)).toMatchObject({
    role: 'service',
    sub: 'recorder',
  })

  // They go and come again, the other one first: the same two pages are not told of twice.
  const { candidateToken: token } = await world.createSession(servers[0] as ProductProcess, {
    candidateId: (await world.getSession(servers[0] as ProductProcess, guilty.id)).candidateId,
  })
  const ids = sources.filter(({ role }) => role === 'candidate').map(({ sourceId }) => sourceId)
  for (const page of guilty.pages) page.close()
  await connectCandidate((servers[0] as ProductProcess).url, {
    token,
    sourceId: ids[1],
    protocol: 1,
    device: other,
  })
  await connectCandidate((servers[1] as ProductProcess).url, {
    token,
    sourceId: ids[0],
    protocol: 1,
    device: one,
  })
  const later = await twoPages({ device: one }, { device: other })
  await waitFor('the later ones to be noticed', async () => (await later.told()).length > 0)
  expect(await guilty.told()).toHaveLength(1)
})
