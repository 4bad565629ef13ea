import { setTimeout as delay } from 'node:timers/promises'
import { chromium } from 'playwright-core'
import { BROWSER_FLAGS } from '../support/browser.mjs'
import { atHighPriority } from '../support/high-priority.mjs'

/** @typedef {'none' | 'bare' | 'ours' | 'rrweb'} VariantName */
/** @typedef {'burst' | 'recorded'} Pace one edit a frame as fast as frames come; or with the recording's own pauses */

/**
 * @typedef {object} Machine what all rounds share
 * @property {string} chromiumPath
 * @property {Record<string, string | undefined>} env of the browser
 * @property {Awaited<ReturnType<typeof import('./page-server.mjs').startPageServer>>} pageServer
 */

/**
 * @typedef {object} Round what one browser measured
 * @property {VariantName} variant
 * @property {number[]} keyMs per edit: the recorder's main-thread time within the keystroke's task
 * @property {number[]} allMs per edit: the same with all that came after, up to the next edit
 * @property {number} totalMs the sum of allMs, and what it took to send the rest
 * @property {number} editorMs the editor's own time in all, our part in it included
 * @property {number} taskMs processor time of the main thread while typing, as Chromium counts it, frames and idle waits included
 * @property {number} heapGrowthBytes after garbage collection, once everything has arrived
 * @property {Record<string, { calls: number, ms: number }>} callers
 * @property {Record<string, unknown>} told what the recorder says of itself
 * @property {string} text the editor's, at the end
 * @property {any} [profile] Chromium's, where one was asked for
 */

const PACE_FLAGS = { burst: ['--disable-frame-rate-limit', '--disable-gpu-vsync'], recorded: [] }
const LOOK_EVERY_MS = 2_000

/**
 * One browser, one page, one recorder.
 * @param {Machine} machine
 * @param {{ variant: VariantName, pace: Pace, edits: number, service: object | null, withProfile?: boolean,
 *   onTyping?: () => void, say: (text: string) => void }} request `onTyping` is called just before the first edit
 * @returns {Promise<Round>}
 */
export async function runRound(machine, request) {
  const { variant, pace, edits, service, withProfile = false, onTyping, say } = request
  const { page, faults, close } = await openPage(machine, { variant, service, flags: PACE_FLAGS[pace] })
  try {
    const cdp = await page.context().newCDPSession(page)
    await cdp.send('Performance.enable', { timeDomain: 'threadTicks' })
    const heapBefore = await heapBytes(cdp)
    const taskBeforeMs = await taskMs(cdp)
    if (withProfile) {
      await cdp.send('Profiler.enable')
      await cdp.send('Profiler.setSamplingInterval', { interval: 100 })
      await cdp.send('Profiler.start')
    }
    onTyping?.()
    await page.evaluate(`bench.type(0, ${edits}, ${JSON.stringify(pace)})`)
    for (;;) {
      const done = /** @type {number} */ (await page.evaluate('bench.typed()'))
      if (done === edits) break
      if (faults.length > 0) throw new Error(`The page with ${variant} failed: ${faults.join('; ')}`)
      say(`${done} of ${edits} edits`)
      await delay(LOOK_EVERY_MS)
    }
    const profile = withProfile ? (await cdp.send('Profiler.stop')).profile : undefined
    const taskAfterMs = await taskMs(cdp)
    say('waiting for what is on its way')
    const settleMs = /** @type {number} */ (await page.evaluate('bench.settle()'))
    const heapGrowthBytes = (await heapBytes(cdp)) - heapBefore
    const measured = /** @type {any} */ (await page.evaluate('bench.result()'))
    const told = /** @type {any} */ (await page.evaluate('bench.stop()'))
    if (faults.length > 0) throw new Error(`The page with ${variant} failed: ${faults.join('; ')}`)
    return {
      variant,
      ...measured,
      totalMs: sum(measured.allMs) + settleMs,
      taskMs: taskAfterMs - taskBeforeMs,
      heapGrowthBytes,
      told,
      profile,
    }
  } finally {
    await close()
  }
}

/**
 * A browser with the page in it, a recorder set up.
 * @param {Machine} machine
 * @param {{ variant: VariantName, service: object | null, flags?: string[] }} request
 */
export async function openPage({ chromiumPath, env, pageServer }, { variant, service, flags = [] }) {
  const browser = await atHighPriority(() =>
    chromium.launch({
      executablePath: chromiumPath,
      env: /** @type {any} */ (env),
      args: [...BROWSER_FLAGS, ...flags],
      // Whatever ends this process, the guard of product.mjs ends the browser.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    }),
  )
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  /** @type {string[]} */
  const faults = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
  await page.goto(pageServer.url)
  await page.waitForFunction('window.bench !== undefined && crossOriginIsolated')
  await page.evaluate(`bench.setUp(${JSON.stringify(variant)}, ${JSON.stringify(service)})`)
  return { page, faults, close: () => browser.close() }
}

/** JavaScript objects, the DOM's, and buffers, without garbage. */
async function heapBytes(/** @type {import('playwright-core').CDPSession} */ cdp) {
  // What one collection has finalised the next one frees.
  for (let i = 0; i < 3; i++) await cdp.send('HeapProfiler.collectGarbage')
  const usage = /** @type {Record<string, number>} */ (await cdp.send('Runtime.getHeapUsage'))
  return (usage.usedSize ?? 0) + (usage.embedderHeapUsedSize ?? 0) + (usage.backingStorageSize ?? 0)
}

async function taskMs(/** @type {import('playwright-core').CDPSession} */ cdp) {
  const { metrics } = await cdp.send('Performance.getMetrics')
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000
}

const sum = (/** @type {number[]} */ values) => values.reduce((total, value) => total + value, 0)
