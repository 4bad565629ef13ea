import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { importSource } from './import-source.mjs'
import { mean } from './numbers.mjs'
import { ROOT } from './root.mjs'

/**
 * The events of a real interview: the recordings of `../shared/data` woven into one, else the project's own samples.
 * @returns {Promise<{ about: string, events: { offsetMs: number, type: string, data: object, fileId?: string }[] }>}
 */
export async function realEvents() {
  const folder = process.env.RECORDINGS_DIR ?? join(ROOT, '../shared/data')
  if (existsSync(folder)) {
    const { weaveInterview } = await importSource('scripts/simulate/weave/weave-interview.ts')
    return { about: 'an interview woven of real recordings', events: weaveInterview(folder).events }
  }
  const { sampleInterview } = await importSource('scripts/simulate/samples/samples.ts')
  return { about: "one of the project's own samples", events: sampleInterview(0).events }
}

/**
 * Ready batches of real events as tabs send them, long ones left out so that a batch is of the usual size.
 * @param {readonly { type: string, data: object, fileId?: string }[]} events
 * @param {{ batchEvents: number, maxEventBytes?: number, meanEventBytes?: number }} shape with a mean, the longest are left
 *   out until what is left has no more than that on average
 * @returns {object[][]}
 */
export function batchesOf(events, { batchEvents, maxEventBytes = 400, meanEventBytes }) {
  const all = events
    .filter(({ type }) => type !== 'session_start')
    // A time as long as those that are sent.
    .map(({ type, data, fileId }) => ({
      type,
      timestamp: Date.now(),
      data,
      ...(fileId !== undefined && { fileId }),
    }))
  const limit = meanEventBytes === undefined ? maxEventBytes : longestFor(all.map(bytesOf), meanEventBytes)
  const usual = all.filter((event) => bytesOf(event) <= limit)
  const batches = []
  for (let i = 0; i + batchEvents <= usual.length; i += batchEvents)
    batches.push(usual.slice(i, i + batchEvents))
  return batches
}

/** Of the events of some batches, on average. */
export const meanBytesOf = (/** @type {object[][]} */ batches) => mean(batches.flat().map(bytesOf))

const bytesOf = (/** @type {object} */ event) => Buffer.byteLength(JSON.stringify(event))

/** The size up to which events are kept, so that they have `meanBytes` on average. */
function longestFor(/** @type {number[]} */ sizes, /** @type {number} */ meanBytes) {
  const sorted = sizes.toSorted((a, b) => a - b)
  let total = 0
  let longest = 0
  for (const [i, size] of sorted.entries()) {
    total += size
    if (total > meanBytes * (i + 1)) break
    longest = size
  }
  return longest
}
