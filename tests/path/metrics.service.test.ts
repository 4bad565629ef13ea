import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { JOB_QUEUES } from '../../protocol/jobs.js'
import { readExposition } from '../support/exposition.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld } from '../support/world.js'

const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')

const namesIn = (metrics: string) =>
  [...metrics.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name as string)

/** The first two cells of each row of the table of metrics. */
const documented = [...page.matchAll(/^\| `(recorder_\w+)` \| ([\w, ]+) \|/gm)].map(
  ([, name, of]) => [name as string, of as string] as const,
)

// Failing? docs/operations.md is what whoever is called at night reads: a metric that it names must be there, and the other way round.
test('[I8] docs/operations.md has each metric of server and worker, and no other', async () => {
  await using world = await makeWorld()
  const [server, worker] = [await world.startServer(), await world.startWorker()]
  const [ofServer, ofWorker] = await Promise.all(
    [server, worker].map(async ({ url }) => namesIn(await (await fetch(`${url}/metrics`)).text())),
  )
  const saidOf = (process: string) =>
    documented.filter(([, of]) => of.includes(process) || of === 'both').map(([name]) => name)
  const ours = (names: string[] = []) => names.filter((name) => name.startsWith('recorder_')).sort()
  expect([...saidOf('server')].sort()).toEqual(ours(ofServer))
  expect([...saidOf('worker')].sort()).toEqual(ours(ofWorker))
  const all = new Set([...(ofServer ?? []), ...(ofWorker ?? [])])
  const named = new Set([...page.matchAll(/(?:recorder|nodejs|process)_[a-z0-9_]+/g)].map(([name]) => name))
  expect(named).toContain('nodejs_eventloop_lag_p99_seconds')
  expect([...named].filter((name) => !all.has(name))).toEqual([])
})

test('[I8] a worker says what is not committed, and a closed session without an archive', async () => {
  await using world = await makeWorld({ env: { FLUSH_DUE_MS: '100', SWEEP_EVERY_MS: '300' } })
  const server = await world.startServer()
  const session = await world.createSession(server)
  const events = [{ type: 'custom:x', timestamp: Date.now(), data: 1 }]
  const body = { source: 's', firstSeq: 1, events }
  await world.call(server, 'POST', `/v1/sessions/${session.id}/events`, { body })
  // An archive that is a file cannot be a folder.
  const worker = await world.startWorker({ ARCHIVE_URL: 'file:///proc/version/archive' })
  const figure = async (name: string) => {
    const metrics = await (await fetch(`${worker.url}/metrics`)).text()
    return Number(new RegExp(`^${name} (.+)$`, 'm').exec(metrics)?.[1])
  }
  await world.call(server, 'POST', `/v1/sessions/${session.id}/close`, { body: {} })
  const { status, archive } = await world.getSession(server, session.id)
  expect([status, archive.state]).toEqual(['COMPLETED', 'pending'])
  expect(await figure('recorder_archive_pending')).toBe(1)
  expect(await figure('recorder_archive_pending_oldest_seconds')).toBeGreaterThanOrEqual(0)
  expect(await figure('recorder_dirty_sessions')).toBe(0)
  expect(await figure('recorder_flush_overdue_seconds')).toBe(0)
  expect(await figure('recorder_quarantined_events')).toBe(0)
})

test('[I8] a worker says how much is received and not committed, since when, and what is queued', async () => {
  await using world = await makeWorld({ env: { FLUSH_DUE_MS: '600000', FLUSH_DUE_EVENTS: '1000' } })
  const [server, worker] = [await world.startServer(), await world.startWorker()]
  const figures = async () => readExposition(await (await fetch(`${worker.url}/metrics`)).text())
  const figure = async (name: string) => {
    const metrics = await (await fetch(`${worker.url}/metrics`)).text()
    return Number(new RegExp(`^${name} (.+)$`, 'm').exec(metrics)?.[1])
  }
  expect(await figure('recorder_watermark_lag_events')).toBe(0)
  expect(await figure('recorder_oldest_uncommitted_seconds')).toBe(0)
  const sinceMs = Date.now()
  for (const events of [3, 4]) {
    const session = await world.createSession(server)
    const list = Array.from({ length: events }, (_, data) => ({ type: 'custom:x', timestamp: sinceMs, data }))
    const body = { source: 's', firstSeq: 1, events: list }
    expect((await world.call(server, 'POST', `/v1/sessions/${session.id}/events`, { body })).status).toBe(202)
  }
  expect(await figure('recorder_dirty_sessions')).toBe(2)
  expect(await figure('recorder_watermark_lag_events')).toBe(7)
  // The age is of the first batch and grows, although its flush is not due.
  const age = await figure('recorder_oldest_uncommitted_seconds')
  expect(age).toBeGreaterThan(0)
  expect(age).toBeLessThanOrEqual((Date.now() - sinceMs) / 1000)
  await waitFor('the age to grow', async () => (await figure('recorder_oldest_uncommitted_seconds')) > age)
  expect(await figure('recorder_flush_overdue_seconds')).toBe(0)
  expect((await figures()).get('recorder_queue_jobs')?.get('queue')).toEqual(new Set(JOB_QUEUES))
  // The three schedules of the sweep.
  const delayed = 'recorder_queue_jobs\\{queue="sweep",state="delayed"\\}'
  await waitFor('the schedules', async () => (await figure(delayed)) === 3)
})
