import { expect, test } from 'vitest'
import { createSessionService } from '../../client-sdk/src/service.js'
import { freePort } from '../support/own-redis.js'
import type { ProductProcess } from '../support/process.js'
import { anId } from '../support/stores.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld } from '../support/world.js'

const EVENTS = 900

test('[I1, I3, R10] a server killed in the middle of recording, and started again: each event once, in order', async () => {
  await using world = await makeWorld({ env: { FLUSH_DUE_MS: '300' } })
  await world.startWorker()
  const port = await freePort()
  const start = () => world.startServer({ PORT: String(port) })
  let server: ProductProcess | null = await start()
  const service = createSessionService({ url: server.url, token: await world.token('service') })
  const { id } = await service.createSession({ candidateId: `c-${anId()}` })

  const calls: Promise<unknown>[] = []
  let received = 0
  for (let n = 1; n <= EVENTS; n++) {
    const call = service.recordEvent(
      id,
      { type: 'custom:n', data: n },
      n % 100 === 0 ? { wait: 'committed' } : {},
    )
    call.then(() => received++)
    calls.push(call)
    // The calls of one turn are a batch: some have been received, and one is on its way.
    if (n % 25 === 0) await new Promise((resolve) => setImmediate(resolve))
    if (n % 300 !== 150) continue
    await waitFor('some to be received', () => received > n - 150)
    const more = Array.from({ length: 5 }, () => new Promise((resolve) => setImmediate(resolve)))
    await Promise.all([server?.kill(), ...more])
    server = null
    start().then((started) => {
      server = started
    })
    await waitFor('the next server', () => server !== null, 60_000)
  }
  await Promise.all(calls)
  await service.close({ wait: 'committed' })

  const rows = await world.sql<{ seq: number; data: number }[]>`
    select seq::int, data from session_events where session_id = ${id} order by seq`
  const numbers = Array.from({ length: EVENTS }, (_, i) => i + 1)
  expect(rows.map(({ data }) => data)).toEqual(numbers)
  expect(rows.map(({ seq }) => seq)).toEqual(numbers)
})
