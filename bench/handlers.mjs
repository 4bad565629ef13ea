// How long a handler of the page waits for the recorder when much comes at once: see README.md.
import { chromium } from '../scripts/bare/system-packages.mjs'
import { bundlePage, startPageServer } from './recorder-page/page-server.mjs'
import { readRecording } from './recorder-page/recording.mjs'
import { openPage } from './recorder-page/round.mjs'
import { percentile } from './support/numbers.mjs'
import { startProduct } from './support/product.mjs'
import { table } from './support/table.mjs'

export const about = "the recorder's part of a handler's time: keys, pastes of 4 kB and of 1 MB"

export const options = {
  times: { default: 20, about: 'each is done' },
}

const MAX_HANDLER_MS = 2
/** Of the editor's file, before anything is brought. */
const START_EDITS = 1

const BROUGHT = /** @type {const} */ ([
  ['a key', 'input.type', 1],
  ['a paste of 4 kB', 'input.paste', 4_096],
  ['a paste of 64 kB', 'input.paste', 65_536],
  ['a paste of 1 MB', 'input.paste', 1_048_576],
])

/**
 * @param {Record<string, number>} chosen
 * @param {(text: string) => void} say
 * @returns {Promise<{ lines: string[], result: Record<string, unknown> }>}
 */
export async function run({ times = 1 }, say) {
  const found = await chromium(process.env, say)
  if (found.path === null) throw new Error(found.reason)
  // Each waits until all is committed, so that nothing of it falls into the next.
  const product = await startProduct(say, { FLUSH_DUE_MS: '100' })
  const pageServer = await startPageServer({
    bundles: await bundlePage(),
    recording: await readRecording(START_EDITS),
  })
  try {
    const machine = { chromiumPath: found.path, env: { ...process.env, ...product.mark }, pageServer }
    const rounds = []
    for (const variant of /** @type {const} */ (['ours', 'rrweb'])) {
      const session = await product.createSession()
      const service = { url: product.url, token: session.candidateToken, filePath: 'src/App.svelte' }
      const { page, faults, close } = await openPage(machine, { variant, service })
      try {
        for (const [what, userEvent, chars] of BROUGHT) {
          say(`${variant}: ${what}`)
          /** @type {{ handlerMs: number, longestLaterMs: number }[]} */
          const results = await page.evaluate(`bench.bring(${JSON.stringify(userEvent)}, ${chars}, ${times})`)
          const [handler, later] = [results.map((r) => r.handlerMs), results.map((r) => r.longestLaterMs)]
          rounds.push({
            variant,
            what,
            handlerP50Ms: percentile(handler, 0.5),
            handlerMaxMs: Math.max(...handler),
            laterP50Ms: percentile(later, 0.5),
            laterMaxMs: Math.max(...later),
          })
        }
        if (faults.length > 0) throw new Error(`The page with ${variant} failed: ${faults.join('; ')}`)
      } finally {
        await close()
      }
    }
    const ours = rounds.filter((round) => round.variant === 'ours')
    const worst = Math.max(...ours.map((round) => round.handlerP50Ms))
    const peer = Math.max(...rounds.filter((r) => r.variant === 'rrweb').map((r) => r.handlerP50Ms))
    return {
      lines: [
        `${times} times each, ms of the recorder on the main thread`,
        '',
        ...table(
          ['', '', 'in the handler, p50', 'most', 'longest callback after it, p50', 'most'],
          rounds.map((r) => [
            r.variant === 'ours' ? 'our recorder' : r.variant,
            r.what,
            ...[r.handlerP50Ms, r.handlerMaxMs, r.laterP50Ms, r.laterMaxMs].map((ms) => ms.toFixed(2)),
          ]),
        ),
      ],
      result: {
        ours: worst,
        limit: 0,
        peer,
        unit: 'ms in a handler, p50 of the slowest kind',
        ratio: worst / peer,
        goal: `≤ ${MAX_HANDLER_MS} ms in any handler, p50 of each kind`,
        holds: worst <= MAX_HANDLER_MS,
        rounds,
      },
    }
  } finally {
    await pageServer.close()
    await product.stop()
  }
}
