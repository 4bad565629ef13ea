// How long a watcher takes to have the state of a long live session, beside reading the same bytes: see README.md.
import { createServer } from 'node:http'
import { join as joinPath } from 'node:path'
import { pathToFileURL } from 'node:url'
import { longSession } from './support/long-session.mjs'
import { spread } from './support/numbers.mjs'
import { startProduct } from './support/product.mjs'
import { ROOT } from './support/root.mjs'
import { table } from './support/table.mjs'

export const about = 'a watcher joins a live session of 100,000 events, until the engine has its state'

export const options = {
  rounds: { default: 5, about: 'of each, in turns' },
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
  const { createWatcher } = await compiled('client-sdk/src/watcher.js')
  const { createReplayEngine } = await compiled('replay/index.js')
  try {
    const session = await longSession(product, events, say)
    const { json, bytes } = await asPages(product, session.id)
    const plain = await plainHost(json)
    const join = () =>
      new Promise((resolve, reject) => {
        const engine = createReplayEngine()
        const startedMs = performance.now()
        const watcher = createWatcher({
          url: product.url,
          token: product.token,
          sessionId: session.id,
          onEvents: (/** @type {object[]} */ fresh) => engine.insert(fresh),
          onReset: () => reject(new Error('The watcher was reset.')),
        })
        watcher.whenCaughtUp().then(() => {
          const state = engine.stateAt()
          const ms = performance.now() - startedMs
          watcher.stop()
          resolve({ ms, seq: state.seq })
        }, reject)
      })
    const joins = []
    const reads = []
    for (let i = 0; i < count; i++) {
      say(`round ${i + 1} of ${count}`)
      const { ms, seq } = /** @type {{ ms: number, seq: number }} */ (await join())
      if (seq !== events)
        throw new Error(`The session has ${events} events, the watcher's state is that of ${seq}.`)
      joins.push(ms)
      const startedMs = performance.now()
      const text = await (await fetch(plain.url)).text()
      reads.push(performance.now() - startedMs)
      if (text.length !== json.length) throw new Error('The plain answer was cut.')
    }
    plain.close()
    const [ours, limit] = [spread(joins), spread(reads)]
    const ratio = ours.median / limit.median
    const ms = (/** @type {{ median: number, low: number, high: number }} */ s) =>
      `${s.median.toFixed(0)} (${s.low.toFixed(0)}–${s.high.toFixed(0)})`
    return {
      lines: [
        `${events} mixed events, ${(bytes / 1e6).toFixed(1)} MB as the service sends them.`,
        '',
        ...table(
          ['', 'ms', 'times'],
          [
            ['a watcher joins and has the state', ms(ours), ratio.toFixed(2)],
            ['the same bytes over plain HTTP', ms(limit), '1.00'],
          ],
        ),
      ],
      result: {
        ours: ours.median,
        limit: limit.median,
        peer: null,
        unit: 'ms',
        ratio,
        goal: `≤ ${MAX_TIMES} × the same bytes over plain HTTP`,
        holds: ratio <= MAX_TIMES,
        rounds: joins.map((one, i) => ({ ours: one, limit: reads[i] })),
        bytes,
        events,
      },
    }
  } finally {
    await product.stop()
  }
}

/** @returns {Promise<any>} */
const compiled = (/** @type {string} */ path) => import(pathToFileURL(joinPath(ROOT, 'dist', path)).href)

/** All pages of the session's events, as one text. */
async function asPages(/** @type {{ call: Function }} */ product, /** @type {string} */ id) {
  const pages = []
  for (let after = 0; after !== null; ) {
    const page = await product.call('GET', `/sessions/${id}/events?limit=5000&afterSeq=${after}`)
    pages.push(JSON.stringify(page))
    after = page.nextAfterSeq
  }
  const json = pages.join('')
  return { json, bytes: Buffer.byteLength(json) }
}

/** @returns {Promise<{ url: string, close: () => void }>} */
function plainHost(/** @type {string} */ text) {
  const body = Buffer.from(text)
  const server = createServer((_, response) => response.end(body))
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' ? address?.port : 0
      resolve({ url: `http://127.0.0.1:${port}/`, close: () => server.close() })
    }),
  )
}
