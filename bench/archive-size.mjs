// Bytes of what is archived, beside gzip of the recordings' own files: see README.md.
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { importSource } from './support/import-source.mjs'
import { startProduct } from './support/product.mjs'
import { ROOT } from './support/root.mjs'
import { bytes, table } from './support/table.mjs'

export const about =
  "bytes per edit and per byte of a terminal in events.json.gz, beside gzip -9 of the recording's own file"

export const options = {
  batch: { default: 500, about: 'events of a request by which a recording comes in' },
}

const MAX_TIMES = 1.4

/**
 * @param {Record<string, number>} chosen
 * @param {(text: string) => void} say
 * @returns {Promise<{ lines: string[], result: Record<string, unknown> }>}
 */
export async function run({ batch = 1 }, say) {
  const recordings = await recordingsOf()
  const product = await startProduct(say, { RATE_LIMIT_SERVICE_PER_MINUTE: '0', LOG_LEVEL: 'warn' })
  try {
    const rounds = []
    for (const { name, events, own, units } of recordings) {
      const { id } = await product.createSession()
      for (let i = 0; i < events.length; i += batch) {
        say(`${name}: ${i} of ${events.length} events`)
        await send(product, id, i + 1, events.slice(i, i + batch))
      }
      say(`${name}: archiving`)
      const folder = await product.archiveOf(id)
      const gz = readFileSync(join(folder, 'events.json.gz'))
      const kept = JSON.parse(gunzipSync(gz).toString()).length
      if (kept < events.length) throw new Error(`${name}: ${kept} of ${events.length} events are archived.`)
      const gzippedBytes = gzipSync(own, { level: 9 }).length
      rounds.push({
        name,
        per: units.what,
        ours: gz.length / units.count,
        limit: gzippedBytes / units.count,
        ratio: gz.length / gzippedBytes,
      })
    }
    const worst = Math.max(...rounds.map(({ ratio }) => ratio))
    return {
      lines: table(
        ['bytes', 'per', 'events.json.gz', 'own file, gzip -9', 'times'],
        rounds.map((r) => [r.name, r.per, bytes2(r.ours), bytes2(r.limit), r.ratio.toFixed(2)]),
      ),
      result: {
        ours: rounds[0]?.ours,
        limit: rounds[0]?.limit,
        peer: null,
        unit: `bytes per ${rounds[0]?.per}, ${rounds[0]?.name}`,
        ratio: worst,
        goal: `≤ ${MAX_TIMES} × gzip -9 of the recording's own file, for each`,
        holds: worst <= MAX_TIMES,
        rounds,
      },
    }
  } finally {
    await product.stop()
  }
}

const bytes2 = (/** @type {number} */ value) => (value < 10 ? value.toFixed(2) : bytes(value))

/**
 * Each recording by itself: the events it becomes, and its own file unpacked.
 * @returns {Promise<{ name: string, events: object[], own: Buffer, units: { count: number, what: string } }[]>}
 */
async function recordingsOf() {
  const folder = process.env.RECORDINGS_DIR ?? join(ROOT, '../shared/data')
  if (!existsSync(folder))
    throw new Error(`There are no recordings in ${folder}: RECORDINGS_DIR names their folder.`)
  const { weaveInterview } = await importSource('scripts/simulate/weave/weave-interview.ts')
  const startMs = Date.now() - 24 * 3600 * 1000
  return readdirSync(folder).flatMap((name) => {
    const isTrace = name.endsWith('.json.gz')
    if (!isTrace && !name.endsWith('.cast')) return []
    const alone = mkdtempSync(join(tmpdir(), 'recorder-bench-'))
    try {
      copyFileSync(join(folder, name), join(alone, name))
      const file = readFileSync(join(folder, name))
      const type = isTrace ? 'code_edit' : 'terminal_stream'
      const events = weaveInterview(alone)
        .events.filter((/** @type {any} */ event) => event.type === type)
        .map(({ offsetMs, ...event }) => ({ ...event, timestamp: startMs + offsetMs }))
      const printed = events.reduce(
        (/** @type {number} */ sum, /** @type {any} */ event) =>
          sum + Buffer.byteLength(event.data.data ?? ''),
        0,
      )
      const units = isTrace
        ? { count: events.length, what: 'edit' }
        : { count: printed, what: 'byte of the terminal' }
      return [{ name, events, own: isTrace ? gunzipSync(file) : file, units }]
    } finally {
      rmSync(alone, { recursive: true })
    }
  })
}

async function send(
  /** @type {{ url: string, token: string }} */ { url, token },
  /** @type {string} */ id,
  /** @type {number} */ firstSeq,
  /** @type {object[]} */ events,
) {
  const response = await fetch(`${url}/v1/sessions/${id}/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ source: 'recording', firstSeq, events }),
  })
  if (!response.ok) throw new Error(`A batch was refused: ${response.status} ${await response.text()}`)
}
