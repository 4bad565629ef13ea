import postgres from 'postgres'
import { UNLIMITED } from '../support/candidates.mjs'
import { spread } from '../support/numbers.mjs'
import { startProduct } from '../support/product.mjs'
import { micros, table } from '../support/table.mjs'
import { ingestRound, KIND_NAMES, usualBatches } from './round.mjs'

/** @typedef {import('./round.mjs').Kind} Kind */
/** @typedef {import('./round.mjs').Round} Round */

/** A backlog that grows by more than this share of what came in is not steady. */
const MAX_BACKLOG_GROWTH = 0.05

/**
 * Rounds of some kinds, in turns, back and forth, over one product.
 * @param {Kind[]} kinds
 * @param {Record<string, number>} chosen of ROUND_OPTIONS
 * @param {(text: string) => void} say
 */
export async function compare(kinds, chosen, say) {
  const { rounds: count = 1, candidates, batch = 1 } = chosen
  const { about, batches, eventBytes } = await usualBatches(batch)
  const product = await startProduct(say, UNLIMITED)
  const sql = postgres(product.databaseUrl, { max: 2, onnotice: () => {} })
  /** @type {Round[]} */
  const rounds = []
  try {
    for (let i = 0; i < count; i++) {
      for (const kind of i % 2 === 0 ? kinds : kinds.toReversed()) {
        say(`round ${i + 1} of ${count}, ${KIND_NAMES[kind]}`)
        rounds.push(await ingestRound(kind, { product, sql, batches, chosen, say }))
      }
    }
  } finally {
    await sql.end({ timeout: 5 })
    await product.stop()
  }
  const of = (/** @type {Kind} */ kind, /** @type {keyof Round} */ what) =>
    spread(rounds.filter((round) => round.kind === kind).map((round) => Number(round[what])))
  const growth = of('recorder', 'backlogGrowth')
  const perSec = (/** @type {Kind} */ kind) => of(kind, 'perSec').median
  return {
    rounds,
    /** The median, committed. */
    perSec,
    isSteady: growth.high <= MAX_BACKLOG_GROWTH,
    lines: [
      `${candidates} candidates, batches of ${batch} events of ${eventBytes} bytes: ${about}.`,
      '',
      ...table(
        ['events/s', 'committed', 'acked', 'ack p50 ms', 'ack p99 ms', 'of ours'],
        kinds.map((kind) => [
          KIND_NAMES[kind],
          micros(of(kind, 'perSec')),
          micros(of(kind, 'ackedPerSec')),
          micros(of(kind, 'ackP50Ms')),
          micros(of(kind, 'ackP99Ms')),
          (perSec(kind) / perSec('recorder')).toFixed(2),
        ]),
      ),
      '',
      `  our backlog grew by ${(growth.median * 100).toFixed(1)} % of what came in`,
    ],
    details: { recording: about, eventBytes, candidates, batch },
  }
}
