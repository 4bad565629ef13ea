import fc from 'fast-check'
import { expect, test } from 'vitest'
import { simulatedLinks } from '../test-support/simulated-link.js'
import { Follower, NO_LOG_FAULTS, SimulatedLog } from '../test-support/simulated-log.js'
import { seededRandom, VirtualTime, virtualEnvironment } from '../test-support/virtual-time.js'
import { createWatcher } from './watcher.js'

/** Shares between 0 and 1, with 0 the simplest, so that a failing run shrinks to the faults it needs. */
const share = (most: number) => fc.integer({ min: 0, max: 100 }).map((percent) => (percent / 100) * most)

const runs = fc.record({
  seed: fc.nat(),
  steps: fc.integer({ min: 1, max: 150 }),
  before: fc.constantFrom(0, 1, 30, 300),
  begins: fc.boolean(),
  keyframeShare: fc.constantFrom(null, 0, 0.3, 1),
  latencyMs: fc.constantFrom(0, 5, 60, 400),
  liveSpreadMs: fc.constantFrom(0, 50, 600),
  pageMs: fc.constantFrom(0, 50, 3000),
  cuts: share(0.1),
  freezes: share(0.05),
  restarts: share(0.05),
  bufferLosses: share(0.1),
  commits: share(0.3),
  lostLive: share(0.5),
  failedPages: share(0.4),
  lostAcks: share(0.05),
})
type Run = typeof runs extends fc.Arbitrary<infer R> ? R : never

async function faultsOf(run: Run): Promise<string[]> {
  const random = seededRandom(run.seed)
  const time = new VirtualTime()
  const log = new SimulatedLog(time, random)
  const { lostLive, failedPages, liveSpreadMs, pageMs } = run
  log.faults = { lostLive, failedPages, liveSpreadMs, pageMs }
  log.append(run.before)
  if (random() < 0.5) log.commit()
  log.keyframeShare = run.keyframeShare
  const network = {
    latencyMs: () => run.latencyMs * (0.5 + random()),
    losesAck: () => random() < run.lostAcks,
    doubles: () => false,
  }
  const openLink = simulatedLinks(time, log, network)
  const env = virtualEnvironment(time, random, { openLink, fetch: log.fetch })
  const follower = new Follower()
  const { onEvents, onReset } = follower
  const options = { url: 'http://x', token: 't', sessionId: 's', onEvents, onReset }
  const watcher = createWatcher(run.begins ? { ...options, begin: follower.begin } : options, env)

  for (let i = 0; i < run.steps; i++) {
    log.append(1 + Math.floor(random() * 5))
    await time.run(random() * 800)
    if (random() < run.commits) log.commit()
    if (random() < run.cuts) log.cutAll()
    if (random() < run.freezes) log.freezeAll()
    if (random() < run.bufferLosses) log.loseBuffer(random() < 0.5 ? 0 : random())
    if (random() < run.restarts) {
      log.isDown = true
      log.cutAll()
      time.after(random() * 5000, () => {
        log.isDown = false
      })
    }
  }
  log.faults = NO_LOG_FAULTS
  network.losesAck = () => false
  const isDone = await time.runUntil(
    () => JSON.stringify(follower.events) === JSON.stringify(log.log),
    120_000,
  )
  const faults = [...follower.violations]
  if (!isDone)
    faults.push(`shows ${follower.events.length} of ${log.events.length}: ${JSON.stringify(watcher.status)}`)
  const isSettled = await time.runUntil(() => watcher.status.state === 'watching', 60_000)
  if (!isSettled) faults.push(`is ${watcher.status.state}`)
  watcher.stop()
  return faults
}

test('[I4][R3][R4] whatever fails, a watcher ends with each event once and in order', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(runs, async (run) => {
      expect(await faultsOf(run)).toEqual([])
    }),
    { numRuns: Number(process.env.SIMULATION_RUNS ?? 200), verbose: 1 },
  )
})
