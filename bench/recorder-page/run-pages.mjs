import { chromium } from '../../scripts/bare/system-packages.mjs'
import { percentile } from '../support/numbers.mjs'
import { startProduct } from '../support/product.mjs'
import { checkOurs, checkRrweb, checkText } from './checks.mjs'
import { startCountingProxy } from './counting-proxy.mjs'
import { bundlePage, startPageServer } from './page-server.mjs'
import { costsOf } from './profile.mjs'
import { readRecording } from './recording.mjs'
import { runRound } from './round.mjs'
import { ourBytes, rrwebBytes } from './sent-and-kept.mjs'

/** @typedef {import('./round.mjs').Round & { pace: import('./round.mjs').Pace, bytes?: import('./sent-and-kept.mjs').Bytes, costs?: ReturnType<typeof costsOf> }} MeasuredRound */
/** @typedef {{ variant: import('./round.mjs').VariantName, pace: import('./round.mjs').Pace, edits: number, withProfile?: boolean }} Plan */

const FILE_PATH = 'src/App.svelte'

/**
 * Runs rounds one after another, each in a browser of its own, beside the whole product.
 * @param {Plan[]} plans
 * @param {(text: string) => void} say
 * @returns {Promise<{ recording: import('./recording.mjs').Recording, rounds: MeasuredRound[] }>}
 * @throws where a recorder has not recorded what was typed
 */
export async function runPages(plans, say) {
  const found = await chromium(process.env, say)
  if (found.path === null) throw new Error(found.reason)
  const recording = await readRecording(Math.max(...plans.map(({ edits }) => edits)))
  const bundles = await bundlePage()
  /** @type {(() => Promise<unknown>)[]} */
  const undo = []
  try {
    const product = await startProduct(say)
    undo.push(product.stop)
    const proxy = await startCountingProxy(product.port)
    undo.push(proxy.close)
    const pageServer = await startPageServer({ bundles, recording })
    undo.push(pageServer.close)
    // Profiles of a browser whose parent was killed would stay in the usual place.
    undo.push(moveTempDir(product.tempDir))
    const machine = { chromiumPath: found.path, env: { ...process.env, ...product.mark }, pageServer }
    /** @type {MeasuredRound[]} */
    const rounds = []
    for (const [i, plan] of plans.entries()) {
      const name = `round ${i + 1} of ${plans.length}, ${plan.pace}, ${plan.variant}`
      const session = await product.createSession()
      const service = { url: proxy.url, token: session.candidateToken, filePath: FILE_PATH }
      /** @type {string[]} */
      let before = []
      const onTyping = () => {
        before = pageServer.takePosted()
        proxy.reset()
      }
      /** @type {MeasuredRound} */
      const round = {
        pace: plan.pace,
        ...(await runRound(machine, { ...plan, service, onTyping, say: (text) => say(`${name}: ${text}`) })),
      }
      checkText(round, recording, plan.edits)
      if (plan.variant === 'ours') {
        const traffic = proxy.read()
        const kept = ourBytes(await product.archiveOf(session.id), traffic, recording.startText)
        checkOurs(round, kept, plan.edits)
        round.bytes = kept.bytes
      }
      if (plan.variant === 'rrweb') {
        const kept = rrwebBytes(before, pageServer.takePosted(), plan.edits)
        checkRrweb(round, kept, plan.edits)
        round.bytes = kept.bytes
      }
      if (round.profile) round.costs = costsOf(round.profile, bundles)
      rounds.push({ ...round, profile: undefined })
      const p50Us = 1000 * percentile(round.keyMs, 0.5)
      say(`${name}: ${p50Us.toFixed(0)} µs in the key's task, p50`)
    }
    return { recording, rounds }
  } finally {
    for (const stop of undo.reverse()) await stop()
  }
}

/** @returns {() => Promise<void>} back to the usual one */
function moveTempDir(/** @type {string} */ folder) {
  const usual = process.env.TMPDIR
  process.env.TMPDIR = folder
  return async () => {
    if (usual === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = usual
  }
}
