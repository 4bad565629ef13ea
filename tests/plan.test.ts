import { expect, test } from 'vitest'
import { storeSettingsShape } from '../db/settings.js'
import { CONNECTIONS_PER_PROCESS } from '../scripts/plan/capacity.js'
import { readCosts } from '../scripts/plan/costs.js'
import { demoInterviewEvents } from '../scripts/plan/lag/rhythm.js'
import { SCHEDULE } from '../scripts/plan/lag/schedule.js'
import { sizingBlocks, withBlocks } from '../scripts/plan/sizing.js'
import { workerSettingsShape } from '../workers/settings.js'
import { ROOT, readText } from './support/documents.js'

/** A number in the sources, or a product such as 12 * 1024 * 1024. */
const constantIn = (path: string, name: string): number =>
  (new RegExp(`const ${name} = ([\\d_* ]+)$`, 'm').exec(readText(path))?.[1] ?? 'NaN')
    .split('*')
    .reduce((product, factor) => product * Number(factor.replaceAll('_', '')), 1)

test('the plan commits when the product does', () => {
  expect(SCHEDULE).toEqual({
    dueAfterMs: storeSettingsShape.FLUSH_DUE_MS.parse(undefined),
    dueEvents: storeSettingsShape.FLUSH_DUE_EVENTS.parse(undefined),
    shards: storeSettingsShape.SHARDS.parse(undefined),
    flushConcurrency: workerSettingsShape.FLUSH_CONCURRENCY.parse(undefined),
    sweepEveryMs: constantIn('workers/start.ts', 'FLUSH_DUE_EVERY_MS'),
    maxSessions: constantIn('workers/flush/flush-shard.ts', 'MAX_SESSIONS'),
    maxRoundBytes: constantIn('workers/flush/flush-shard.ts', 'MAX_ROUND_BYTES'),
    lockMs: constantIn('db/queues.ts', 'LOCK_MS'),
    stalledCheckMs: constantIn('db/queues.ts', 'STALLED_CHECK_MS'),
  })
})

test('the plan counts the connections that a process takes', () => {
  expect(CONNECTIONS_PER_PROCESS).toBe(storeSettingsShape.DATABASE_CONNECTIONS.parse(undefined))
})

// Failing? `npm run bench -- costs --write 1` measures anew and writes both.
test('docs/operations.md has the figures that were measured, and what follows from them', () => {
  const costs = readCosts(`${ROOT}scripts/plan/costs.json`)
  const sample = `${ROOT}scripts/simulate/samples/demo-interview.ndjson.gz`
  const blocks = sizingBlocks(
    costs,
    demoInterviewEvents(sample).map(({ gapMs }) => gapMs),
  )
  const page = readText('docs/operations.md')
  expect(Object.keys(blocks).length).toBe([...page.matchAll(/^<!-- figures: /gm)].length)
  expect(page).toBe(withBlocks(page, blocks))
})
