// How long a watcher takes to have the state of a long live session, beside reading the same bytes: see README.md.
import { createServer } from 'node:http'
import { join as joinPath } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import postgres from 'postgres'
import { longSession } from './support/long-session.mjs'
import { spread } from './support/numbers.mjs'
import { startProduct } from './support/product.mjs'
import { ROOT } from './support/root.mjs'
import { table } from './support/table.mjs'

export const about = 'a watcher joins a live session of 100,000 events, until its player has its state'

export const options = {
  rounds: { default: 5, about: 'of each, in turns' },
  events: { default: 100_000, about: 'of the session' },
}

const MAX_TIMES = 3
/** As many events as there can be behind a keyframe before the next one is due. */
const EVENTS_SINCE = 2999
const KEYFRAME_TIMEOUT_MS = 60_000

/**
 * @param {Record<string, number>} chosen
 * @param {(text: string) => void} say
 * @returns {Promise<{ lines: string[], result: Record<string, unknown> }>}
 */
export async function run({ rounds: count = 1, events = 1 }, say) {
  const product = await startProduct(say, { RATE_LIMIT_SERVICE_PER_MINUTE: '0', LOG_LEVEL: 'warn' })
  const { createWatcher } = await compiled('client-sdk/src/watcher.js')
  const { createReplayEngine, JoinedReplayer } = await compiled('replay/index.js')
  try {
    const session = await longSession(product, events, say, EVENTS_SINCE)
    const keyframe = await newestKeyframe(product, session.id, events - EVENTS_SINCE, say)
    await session.rest()
    const { pages, json, bytes } = await asPages(product, session.id)
    const engine = createReplayEngine()
    engine.insert(pages.flatMap((page) => page.events))
    const fromZero = plainState(engine.stateAt())
    const plain = await plainHost(json)
    /** As the console's player does. */
    const join = (/** @type {boolean} */ withKeyframe) =>
      new Promise((resolve, reject) => {
        const replayer = new JoinedReplayer()
        /** @type {{ ms: number, state: any } | null} */
        let joined = null
        const startedMs = performance.now()
        const endWhenWhole = () => {
          if (joined === null || replayer.historyLeft > 0) return
          watcher.stop()
          resolve({ ...joined, wholeMs: performance.now() - startedMs })
        }
        const watcher = createWatcher({
          url: product.url,
          token: product.token,
          sessionId: session.id,
          ...(withKeyframe && {
            begin: {
              onKeyframe: (/** @type {object} */ sent) => replayer.begin(sent),
              onHistory: (/** @type {object[]} */ past) => {
                replayer.insertHistory(past)
                endWhenWhole()
              },
            },
          }),
          onEvents: (/** @type {object[]} */ fresh) => replayer.insert(fresh),
          onReset: () => reject(new Error('The watcher was reset.')),
        })
        watcher.whenCaughtUp().then(() => {
          const state = replayer.stateAt(replayer.overview.endMs)
          joined = { ms: performance.now() - startedMs, state }
          endWhenWhole()
        }, reject)
      })
    const joinRightly = async (/** @type {boolean} */ withKeyframe) => {
      const { state, ...times } = /** @type {any} */ (await join(withKeyframe))
      if (!isDeepStrictEqual(plainState(state), fromZero))
        throw new Error('The state that is shown is not the one that playing from zero gives.')
      return /** @type {{ ms: number, wholeMs: number }} */ (times)
    }
    const joins = []
    const wholes = []
    const reads = []
    for (let i = 0; i < count; i++) {
      say(`round ${i + 1} of ${count}`)
      const { ms, wholeMs } = await joinRightly(true)
      joins.push(ms)
      wholes.push(wholeMs)
      const startedMs = performance.now()
      const text = await (await fetch(plain.url)).text()
      reads.push(performance.now() - startedMs)
      if (text.length !== json.length) throw new Error('The plain answer was cut.')
    }
    say('joining without a keyframe')
    const without = await joinRightly(false)
    plain.close()
    const [ours, limit] = [spread(joins), spread(reads)]
    const ratio = ours.median / limit.median
    const ms = (/** @type {{ median: number, low: number, high: number }} */ s) =>
      `${s.median.toFixed(0)} (${s.low.toFixed(0)}–${s.high.toFixed(0)})`
    return {
      lines: [
        `${events} mixed events, ${(bytes / 1e6).toFixed(1)} MB as the service sends them; ${EVENTS_SINCE} of them behind the keyframe,`,
        `which is ${(keyframe.bytes / 1e6).toFixed(2)} MB packed and was there ${(keyframe.afterMs / 1000).toFixed(1)} s after its last event, made from the first event on.`,
        '',
        ...table(
          ['', 'ms', 'times'],
          [
            ['a watcher joins and has the state', ms(ours), ratio.toFixed(2)],
            ['the same bytes over plain HTTP', ms(limit), '1.00'],
            [
              'its history is here too',
              ms(spread(wholes)),
              (spread(wholes).median / limit.median).toFixed(2),
            ],
            [
              'joined without a keyframe, once',
              without.ms.toFixed(0),
              (without.ms / limit.median).toFixed(2),
            ],
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
        keyframe,
        withHistoryMs: spread(wholes).median,
        withoutKeyframeMs: without.ms,
      },
    }
  } finally {
    await product.stop()
  }
}

/** Without the structures that states share. */
const plainState = (/** @type {any} */ state) => JSON.parse(JSON.stringify(state))

/**
 * The worker's keyframe of all events that there are. As it made some while they came in, of some of them, that is forgotten first.
 */
async function newestKeyframe(
  /** @type {{ url: string, token: string, databaseUrl: string | undefined }} */ product,
  /** @type {string} */ id,
  /** @type {number} */ throughSeq,
  /** @type {(text: string) => void} */ say,
) {
  say('waiting for the keyframe')
  const sql = postgres(String(product.databaseUrl), { max: 1, onnotice: () => {} })
  try {
    const startedMs = performance.now()
    await sql`delete from session_keyframes where session_id = ${id}`
    while (performance.now() - startedMs < KEYFRAME_TIMEOUT_MS) {
      const [row] = await sql`
        select octet_length(answer) as bytes from session_keyframes
        where session_id = ${id} and through_seq = ${throughSeq}`
      if (row?.bytes) return { bytes: Number(row.bytes), afterMs: performance.now() - startedMs }
      await delay(50)
    }
    throw new Error('No keyframe was made in time.')
  } finally {
    await sql.end()
  }
}

/** @returns {Promise<any>} */
const compiled = (/** @type {string} */ path) => import(pathToFileURL(joinPath(ROOT, 'dist', path)).href)

/** All pages of the session's events, as one text. */
async function asPages(/** @type {{ call: Function }} */ product, /** @type {string} */ id) {
  /** @type {{ events: object[] }[]} */
  const pages = []
  for (let after = 0; after !== null; ) {
    const page = await product.call('GET', `/sessions/${id}/events?limit=5000&afterSeq=${after}`)
    pages.push(page)
    after = page.nextAfterSeq
  }
  const json = pages.map((page) => JSON.stringify(page)).join('')
  return { pages, json, bytes: Buffer.byteLength(json) }
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
