// What the statistics of a long session take, beside one look of PostgreSQL at all its rows: see README.md.
import postgres from 'postgres'
import { longSession } from './support/long-session.mjs'
import { spread } from './support/numbers.mjs'
import { startProduct } from './support/product.mjs'
import { table } from './support/table.mjs'

export const about = 'GET /stats of a session of 100,000 events, beside one sequential SELECT over its rows'

export const options = {
  rounds: { default: 5, about: 'of each question, in turns' },
  events: { default: 100_000, about: 'of the session' },
}

const MAX_TIMES = 3

/**
 * @param {Record<string, number>} chosen
 * @param {(text: string) => void} say
 * @returns {Promise<{ lines: string[], result: Record<string, unknown> }>}
 */
export async function run({ rounds: count = 1, events = 1 }, say) {
  const product = await startProduct(say, { RATE_LIMIT_SERVICE_PER_MINUTE: '0', LOG_LEVEL: 'warn' })
  const sql = postgres(product.databaseUrl, { max: 1, onnotice: () => {} })
  try {
    const session = await longSession(product, events, say)
    const stats = (query = '') => product.call('GET', `/sessions/${session.id}/stats${query}`)
    const look = () => sql`
      select count(*), sum(length(data::text)) from session_events where session_id = ${session.id}`
    // What PostgreSQL reads from its disk is not the question, in either.
    await look()
    const first = await timed(stats)
    const again = []
    const looks = []
    for (let i = 0; i < count; i++) {
      say(`round ${i + 1} of ${count}`)
      await session.more(100)
      again.push((await timed(stats)).ms)
      looks.push((await timed(look)).ms)
    }
    const { totalEvents } = await stats()
    const expected = events + count * 100
    if (totalEvents !== expected)
      throw new Error(`${expected} events were recorded, the statistics have ${totalEvents}.`)
    say('closing')
    await product.archiveOf(session.id)
    const closed = []
    for (let i = 0; i < count; i++) closed.push((await timed(stats)).ms)
    const recomputed = (await timed(() => stats('?recompute=true'))).ms

    const [ours, limit] = [spread(again), spread(looks)]
    const ratio = ours.median / limit.median
    const ms = (/** @type {{ median: number, low: number, high: number }} */ s) =>
      `${s.median.toFixed(0)} (${s.low.toFixed(0)}–${s.high.toFixed(0)})`
    const row = (/** @type {string} */ name, /** @type {number} */ median, /** @type {string} */ text) => [
      name,
      text,
      (median / limit.median).toFixed(2),
    ]
    return {
      lines: [
        `${events} mixed events, ${(session.jsonBytes / 1e6).toFixed(1)} MB of JSON.`,
        '',
        ...table(
          ['', 'ms', 'times the SELECT'],
          [
            row('one SELECT over the rows', limit.median, ms(limit)),
            row('live, with 100 events since the last look', ours.median, ms(ours)),
            row('live, the first look ever', first.ms, first.ms.toFixed(0)),
            row('closed', spread(closed).median, ms(spread(closed))),
            row('computed anew', recomputed, recomputed.toFixed(0)),
          ],
        ),
      ],
      result: {
        ours: ours.median,
        limit: limit.median,
        peer: null,
        unit: 'ms',
        ratio,
        goal: `≤ ${MAX_TIMES} × the SELECT, live and closed`,
        holds: ratio <= MAX_TIMES && spread(closed).median / limit.median <= MAX_TIMES,
        rounds: again.map((live, i) => ({ live, limit: looks[i], closed: closed[i] })),
        firstMs: first.ms,
        recomputedMs: recomputed,
        events,
      },
    }
  } finally {
    await sql.end({ timeout: 5 })
    await product.stop()
  }
}

/** @template T */
async function timed(/** @type {() => PromiseLike<T>} */ run) {
  const startedMs = performance.now()
  const answer = await run()
  return { answer, ms: performance.now() - startedMs }
}
