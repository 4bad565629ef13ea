import { setTimeout as delay } from 'node:timers/promises'
import { newCandidates } from '../support/candidates.mjs'
import { ackFigures, startLoad } from './driver.mjs'

/** @typedef {import('./driver.mjs').Figures} Figures */
/** @typedef {Figures & { fromEvents: number }} Stretch of a session that had so many events when it began */

/** As many batches as one recorder may have under way. */
const UNDER_WAY = 8
/** Below what makes the service ask a recorder to slow down. */
const MAX_UNCOMMITTED = 20_000
/** In a session of its own before, so that the code of both processes is warm. */
const WARM_EVENTS = 50_000
const FIRST_EVENTS = 1_000
const STRETCHES = 10
const TIMEOUT_MS = 300_000

/**
 * One session that grows from its first event on, as fast as it is taken, alone.
 * @param {import('./driver.mjs').Stage} stage
 * @param {number} events it has in the end
 * @returns {Promise<Stretch[]>} of equal length, the first from the thousandth event on
 */
export async function oneLongSession({ product, sql, batches, say }, events) {
  const load = startLoad({ url: product.url, sql })
  const batchEvents = batches[0]?.length ?? 1
  const grow = async (/** @type {number} */ throughEvents) => {
    await load.open(await newCandidates(product, 1))
    load.run({ batches, underWay: UNDER_WAY, maxUncommitted: MAX_UNCOMMITTED, throughEvents })
    const acks = []
    const deadlineMs = Date.now() + TIMEOUT_MS
    for (let acked = 0; acked < throughEvents; ) {
      await delay(500)
      const tally = await load.tally()
      acks.push(...tally.acks)
      acked = tally.acked
      say(`one session: ${acked} of ${throughEvents} events`)
      if (Date.now() > deadlineMs) throw new Error(`${acked} of ${throughEvents} events were acked in time.`)
    }
    await load.drain()
    await load.close()
    return acks
  }
  try {
    await grow(Math.min(events, WARM_EVENTS))
    const acks = await grow(events)
    const first = Math.ceil(FIRST_EVENTS / batchEvents)
    const length = Math.floor((acks.length - first) / STRETCHES)
    return Array.from({ length: STRETCHES }, (_, i) => {
      const from = first + i * length
      return stretch(acks.slice(from, from + length + 1), from, batchEvents)
    })
  } finally {
    load.end()
  }
}

/** What waits to be committed is bounded, so acks are as fast as commits over a stretch. */
function stretch(
  /** @type {import('./load.mjs').Tally['acks']} */ acks,
  /** @type {number} */ before,
  /** @type {number} */ batchEvents,
) {
  const tookMs = (acks.at(-1)?.[0] ?? 0) - (acks[0]?.[0] ?? 0)
  const perSec = ((acks.length - 1) * batchEvents) / (tookMs / 1000)
  return { fromEvents: before * batchEvents, perSec, ...ackFigures(acks) }
}
