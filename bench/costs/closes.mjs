import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { sum } from '../support/numbers.mjs'
import { memoryOf, resetPeak } from '../support/processes.mjs'
import { between } from './meters.mjs'

/** An hour and a half at the pace of the recording, some 8,000 events, is more than a bench needs: half of it tells as much. */
const LONG_SESSIONS = 3
const LONG_EVENTS = 4_000
const BATCH_EVENTS = 500
const TIMEOUT_MS = 180_000

/** @typedef {{ sessions: number, events: number, seconds: number, cpuSec: import('./meters.mjs').PerPart }} Close events of all of them */

/**
 * What closing takes, of many short sessions and of a few long ones: a part is each session's, the rest each event's.
 * @param {object} stage
 * @param {Awaited<ReturnType<typeof import('../support/product.mjs').startProduct>>} stage.product
 * @param {import('./meters.mjs').Meters} stage.meters
 * @param {(text: string) => void} stage.say
 * @param {{ gapMs: number, type: string, data: object, fileId?: string }[]} events of the recorded interview
 * @param {{ id: string, events: number }[]} short sessions that are committed
 * @returns {Promise<{ imported: import('../costs.mjs').Reading & { fromMs: number, toMs: number }, short: Close, long: Close, extraBytes: number,
 *   archiveBytes: number, walBytes: number, objects: number }>} extra memory of the worker, and the long ones' archives
 */
export async function closeCosts({ product, meters, say }, events, short) {
  say(`closing ${short.length} short sessions`)
  const shortClose = await closeAll(short)
  const long = []
  const [cpuBefore, fromMs] = [meters.cpuSec(), Date.now()]
  for (let i = 0; i < LONG_SESSIONS; i++) {
    say(`recording a long session, ${i + 1} of ${LONG_SESSIONS}`)
    long.push({ id: await imported(), events: LONG_EVENTS })
  }
  const toMs = Date.now()
  const imports = {
    cpuSec: between(cpuBefore, meters.cpuSec()),
    seconds: (toMs - fromMs) / 1000,
    fromMs,
    toMs,
  }
  await delay(2_000)
  say(`closing ${long.length} long sessions`)
  const workerBytes = meters.memory().worker
  resetPeak(meters.workerPid())
  const walBefore = await meters.walBytes()
  const longClose = await closeAll(long)
  const sizes = long.flatMap(({ id }) => {
    const folder = join(product.archiveFolder, 'sessions', id)
    return readdirSync(folder).map((name) => statSync(join(folder, name)).size)
  })
  return {
    /** Few sessions with many events each, in their transactions. */
    imported: imports,
    short: shortClose,
    long: longClose,
    extraBytes: memoryOf(meters.workerPid()).peakBytes - workerBytes,
    archiveBytes: sum(sizes),
    walBytes: (await meters.walBytes()) - walBefore,
    objects: sizes.length / long.length,
  }

  /** @returns {Promise<Close>} */
  async function closeAll(/** @type {{ id: string, events: number }[]} */ sessions) {
    const [before, startedMs] = [meters.cpuSec(), performance.now()]
    for (const { id } of sessions) await product.call('POST', `/sessions/${id}/close`, {})
    const deadlineMs = Date.now() + TIMEOUT_MS
    for (const { id } of sessions) {
      while ((await product.call('GET', `/sessions/${id}`)).archive.state !== 'verified') {
        if (Date.now() > deadlineMs) throw new Error('The archives were not verified in time.')
        await delay(200)
      }
    }
    return {
      sessions: sessions.length,
      events: sum(sessions.map((one) => one.events)),
      seconds: (performance.now() - startedMs) / 1000,
      cpuSec: between(before, meters.cpuSec()),
    }
  }

  /** The interview over and over, as it was typed, up to now. */
  async function imported() {
    const { id } = await product.createSession()
    const all = Array.from({ length: LONG_EVENTS }, (_, i) => events[i % events.length])
    let timestamp = Date.now() - sum(all.map((event) => event?.gapMs ?? 0))
    const timed = all.map((event) => {
      const { gapMs = 0, ...rest } = event ?? {}
      timestamp += gapMs
      return { ...rest, timestamp }
    })
    for (let i = 0; i < timed.length; i += BATCH_EVENTS) {
      const body = { source: 'bench', firstSeq: i + 1, events: timed.slice(i, i + BATCH_EVENTS) }
      const isLast = i + BATCH_EVENTS >= timed.length
      await product.call('POST', `/sessions/${id}/events${isLast ? '?wait=committed' : ''}`, body)
    }
    return id
  }
}
