import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { importSource } from './import-source.mjs'
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
 * @param {{ batchEvents: number, maxEventBytes?: number }} shape
 * @returns {object[][]}
 */
export function batchesOf(events, { batchEvents, maxEventBytes = 400 }) {
  const usual = events
    .map(({ type, data, fileId }) => ({ type, timestamp: 0, data, ...(fileId !== undefined && { fileId }) }))
    .filter((event) => JSON.stringify(event).length <= maxEventBytes && event.type !== 'session_start')
  const batches = []
  for (let i = 0; i + batchEvents <= usual.length; i += batchEvents)
    batches.push(usual.slice(i, i + batchEvents))
  return batches
}
