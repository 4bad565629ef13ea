import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LIMITS } from '../../protocol/limits.js'
import { joinParts, partOf } from '../../protocol/parts.js'
import { SimulatedIngest } from '../test-support/simulated-ingest.js'
import { simulatedLinks } from '../test-support/simulated-link.js'
import { seededRandom, VirtualTime, virtualEnvironment } from '../test-support/virtual-time.js'
import { memoryOutbox, readAll } from './outbox.js'
import { createRecorder } from './recorder.js'

/** Shares between 0 and 1, with 0 the simplest, so that a failing run shrinks to the faults it needs. */
const share = (most: number) => fc.integer({ min: 0, max: 100 }).map((percent) => (percent / 100) * most)

const runs = fc.record({
  seed: fc.nat(),
  events: fc.integer({ min: 1, max: 300 }),
  gapMs: fc.constantFrom(0, 5, 50, 700),
  latencyMs: fc.constantFrom(0, 5, 60, 400),
  cuts: share(0.2),
  freezes: share(0.05),
  restarts: share(0.05),
  bufferLosses: share(0.15),
  droppedTails: share(0.05),
  lostAcks: share(0.1),
  doubles: share(0.2),
  tryLater: share(0.3),
  slowDown: share(0.3),
  tooLarge: share(0.2),
  tokenExpires: share(0.05),
  longTexts: share(0.01),
  sleeps: share(0.03),
  clockJumps: share(0.03),
  smallBatches: fc.boolean(),
})
type Run = typeof runs extends fc.Arbitrary<infer R> ? R : never

/** Records through every fault, then lets things calm down, and answers what is wrong in the end. */
async function faultsOf(run: Run): Promise<string[]> {
  const random = seededRandom(run.seed)
  const time = new VirtualTime()
  const ingest = new SimulatedIngest(time, random)
  const { tryLater, slowDown, tooLarge, tokenExpires } = run
  ingest.faults = { tryLater, slowDown, tooLarge, tokenExpires }
  if (run.smallBatches)
    ingest.limits = { ...LIMITS, maxBatchEvents: 7, maxBatchBytes: 600, maxInFlightBatches: 2 }
  const network = {
    latencyMs: () => run.latencyMs * (0.5 + random()),
    losesAck: () => random() < run.lostAcks,
    doubles: () => random() < run.doubles,
  }
  let aheadMs = 0
  let leaps = 0
  const env = virtualEnvironment(time, random, {
    openLink: simulatedLinks(time, ingest, network),
    nowMs: () => time.nowMs + aheadMs,
    leaps: () => leaps,
  })
  const outbox = memoryOutbox()
  const recorder = createRecorder({ url: 'http://x', token: () => ingest.validToken, outbox }, env)

  const sent: unknown[] = []
  for (let n = 1; n <= run.events; n++) {
    const data = { n, padding: 'x'.repeat(random() * 200) }
    // A service whose batches are that small takes no long texts.
    if (!run.smallBatches && random() < run.longTexts) {
      const whole = { channel: 'o', n, data: `${n}\ud83d`.repeat(25_000) }
      recorder.record({ type: 'terminal_stream', data: whole })
      sent.push(whole)
    } else {
      recorder.record({ type: 'custom:n', data })
      sent.push(data)
    }
    // The computer sleeps and its clock with it; or somebody sets the clock, and the service's goes on.
    if (random() < run.sleeps) {
      time.nowMs += random() * 600_000
      leaps++
    }
    if (random() < run.clockJumps) {
      aheadMs += random() * 600_000
      leaps++
    }
    if (run.gapMs > 0) await time.run(run.gapMs * random())
    if (random() < 0.1) ingest.flush()
    if (random() < run.cuts) ingest.cutAll()
    if (random() < run.freezes) for (const { end } of ingest.connections.values()) end.freeze()
    if (random() < run.bufferLosses) ingest.loseBuffer(random() < 0.5 ? 0 : random())
    if (random() < run.droppedTails) ingest.dropTail(random())
    if (random() < run.restarts) {
      ingest.isDown = true
      ingest.cutAll()
      time.after(random() * 5000, () => {
        ingest.isDown = false
      })
    }
  }
  ingest.faults = { tryLater: 0, slowDown: 0, tooLarge: 0, tokenExpires: 0 }
  network.losesAck = network.doubles = () => false
  const flushing = () => {
    ingest.flush()
    time.after(1000, flushing)
  }
  flushing()
  const { recordedSeq } = recorder.status
  const isDone = await time.runUntil(() => recorder.status.committedSeq === recordedSeq, 180_000)

  const { status } = recorder
  const faults = [...ingest.violations]
  if (!isDone) faults.push(`committed ${status.committedSeq} of ${recordedSeq}: ${JSON.stringify(status)}`)
  const kept = ingest.committed.get(recorder.sourceId) ?? []
  if (JSON.stringify(wholeOf(kept)) !== JSON.stringify(sent)) {
    faults.push(`the service has ${kept.map((event) => (event.data as { n: number }).n)}`)
  }
  if (kept.some((event, i) => i > 0 && event.timestamp < (kept[i - 1]?.timestamp ?? 0)))
    faults.push('a time fell')
  const left = await readAll(outbox)
  if (left.length > 0) faults.push(`${left.length} entries left in the outbox`)
  return faults
}

/** The data of the events, those in pieces put together. */
function wholeOf(events: readonly { type: string; data: unknown }[]): unknown[] {
  const whole: unknown[] = []
  let pieces: unknown[] = []
  for (const { type, data } of events) {
    const part = partOf(data)
    if (part === null) {
      whole.push(data)
      continue
    }
    pieces.push(data)
    if (part.index < part.count - 1) continue
    whole.push(joinParts(type, pieces))
    pieces = []
  }
  return whole
}

test('[I2][R3][R4] whatever fails, the service ends with each event once and in order', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(runs, async (run) => {
      expect(await faultsOf(run)).toEqual([])
    }),
    { numRuns: Number(process.env.SIMULATION_RUNS ?? 200), verbose: 1 },
  )
})
