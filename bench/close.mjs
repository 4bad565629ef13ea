// How long a long session takes from its close to its verified archive, beside gzip of the same JSON: see README.md.
import { createReadStream, createWriteStream, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { createGzip, gunzipSync } from 'node:zlib'
import { longSession } from './support/long-session.mjs'
import { spread } from './support/numbers.mjs'
import { memoryOf, pidsOf, resetPeak } from './support/processes.mjs'
import { startProduct } from './support/product.mjs'
import { megabytes, table } from './support/table.mjs'

export const about =
  'close of a session of 100,000 events until its archive is verified, beside gzip of the same JSON'

export const options = {
  rounds: { default: 3, about: 'a session each' },
  events: { default: 100_000, about: 'of a session' },
}

const MAX_TIMES = 2
const MAX_EXTRA_BYTES = 64 * 2 ** 20
const TIMEOUT_MS = 180_000

/**
 * @param {Record<string, number>} chosen
 * @param {(text: string) => void} say
 * @returns {Promise<{ lines: string[], result: Record<string, unknown> }>}
 */
export async function run({ rounds: count = 1, events = 1 }, say) {
  const product = await startProduct(say, {
    RATE_LIMIT_SERVICE_PER_MINUTE: '0',
    LOG_LEVEL: 'warn',
    CLOSE_GRACE_MS: '0',
  })
  try {
    const rounds = []
    for (let i = 0; i < count; i++)
      rounds.push(await oneRound(product, events, (text) => say(`round ${i + 1} of ${count}: ${text}`)))
    const of = (/** @type {'ours' | 'limit' | 'extraBytes'} */ key) =>
      spread(rounds.map((round) => round[key]))
    const [ours, limit, extra] = [of('ours'), of('limit'), of('extraBytes')]
    const ratio = ours.median / limit.median
    const seconds = (/** @type {{ median: number, low: number, high: number }} */ s) =>
      `${s.median.toFixed(2)} (${s.low.toFixed(2)}–${s.high.toFixed(2)})`
    return {
      lines: [
        `${events} mixed events, ${megabytes({ median: rounds[0]?.jsonBytes ?? 0 })} MB of JSON.`,
        '',
        ...table(
          ['', 'seconds', 'times', 'extra memory of the worker, MB'],
          [
            ['close until verified', seconds(ours), ratio.toFixed(2), megabytes(extra)],
            ['gzip, file to file', seconds(limit), '1.00', ''],
          ],
        ),
      ],
      result: {
        ours: ours.median,
        limit: limit.median,
        peer: null,
        unit: 's',
        ratio,
        goal: `≤ ${MAX_TIMES} × gzip of the same JSON, ≤ ${MAX_EXTRA_BYTES / 2 ** 20} MiB extra`,
        holds: ratio <= MAX_TIMES && extra.high <= MAX_EXTRA_BYTES,
        extraBytes: extra,
        rounds,
        events,
      },
    }
  } finally {
    await product.stop()
  }
}

/**
 * @param {Awaited<ReturnType<typeof startProduct>>} product
 * @param {number} count
 * @param {(text: string) => void} say
 */
async function oneRound(product, count, say) {
  const session = await longSession(product, count, say)
  // What else the worker does with what came in is not the close's.
  await delay(2_000)
  say('closing')
  const [worker = 0] = pidsOf(product.mark, 'dist/run/workers/main.js')
  const { nowBytes } = memoryOf(worker)
  resetPeak(worker)
  const startedMs = performance.now()
  await product.call('POST', `/sessions/${session.id}/close`, {})
  const deadlineMs = Date.now() + TIMEOUT_MS
  while ((await product.call('GET', `/sessions/${session.id}`)).archive.state !== 'verified') {
    if (Date.now() > deadlineMs) throw new Error('The archive was not verified in time.')
    await delay(20)
  }
  const ours = (performance.now() - startedMs) / 1000
  const extraBytes = memoryOf(worker).peakBytes - nowBytes
  if (!Number.isFinite(extraBytes)) throw new Error("The worker's memory could not be read.")

  say('gzip of the same JSON')
  const json = gunzipSync(readFileSync(join(product.archiveFolder, 'sessions', session.id, 'events.json.gz')))
  const kept = JSON.parse(json.toString()).length
  if (kept < count) throw new Error(`${count} events were sent, ${kept} are archived.`)
  const [from, to] = [join(product.tempDir, 'events.json'), join(product.tempDir, 'gzipped.gz')]
  writeFileSync(from, json)
  const gzipMs = performance.now()
  await pipeline(createReadStream(from), createGzip(), createWriteStream(to))
  const limit = (performance.now() - gzipMs) / 1000
  return { ours, limit, extraBytes, jsonBytes: json.length }
}
