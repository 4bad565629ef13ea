// What a proctor's wall costs the main thread while 200 candidates type: see README.md.
import { setTimeout as delay } from 'node:timers/promises'
import { chromium as chromiumApi } from 'playwright-core'
import { runTool } from '../scripts/bare/build.mjs'
import { chromium } from '../scripts/bare/system-packages.mjs'
import { spread } from './support/numbers.mjs'
import { startProduct } from './support/product.mjs'
import { ROOT } from './support/root.mjs'
import { table } from './support/table.mjs'
import { startCandidates } from './wall/candidates.mjs'

export const about = 'main-thread share of the wall while candidates type, one screen of cards in view'

export const options = {
  rounds: { default: 3, about: 'measurements of each kind, in turns' },
  sessions: { default: 200, about: 'live sessions' },
  rate: { default: 5, about: 'events a second of each' },
  seconds: { default: 8, about: 'length of a measurement' },
  profile: { default: 0, about: '1: says what the time is spent on' },
}

const MAX_SHARE = 0.3
const VIEWPORT = { width: 1920, height: 1080 }

/**
 * @typedef {object} Cost
 * @property {number} share of the main thread's time, in processor time; the next three are parts of it
 * @property {number} scriptShare
 * @property {number} layoutShare
 * @property {number} styleShare
 * @property {number} longestMs between two frames
 * @property {number} longestTaskMs the longest task above 50 ms, 0 without any; waiting for a processor counts in it
 */

/**
 * @param {Record<string, number>} chosen
 * @param {(text: string) => void} say
 * @returns {Promise<{ lines: string[], result: Record<string, unknown> }>}
 */
export async function run({ rounds = 1, sessions = 1, rate = 1, seconds = 1, profile = 0 }, say) {
  const found = await chromium(process.env, say)
  if (found.path === null) throw new Error(found.reason)
  say('building the console')
  const built = await runTool(ROOT, 'vite/bin/vite.js', ['build', 'web'])
  if (built.code !== 0) throw new Error(`The console does not build:\n${built.output}`)
  const product = await startProduct(say)
  /** @type {(() => Promise<unknown>)[]} */
  const undo = [product.stop]
  try {
    say(`opening ${sessions} sessions`)
    const candidates = await startCandidates(product, { sessions, rate })
    undo.push(candidates.stop)
    const browser = await chromiumApi.launch({
      executablePath: found.path,
      env: /** @type {any} */ ({ ...process.env, ...product.mark }),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
      ],
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    })
    undo.push(() => browser.close())
    const page = await browser.newPage({ viewport: VIEWPORT })
    await page.goto(`${product.url}/#token=${product.token}`)
    await page.getByText(`${sessions} live`).waitFor()
    await page.locator('.tail-line').first().waitFor()
    const cdp = await page.context().newCDPSession(page)
    await cdp.send('Performance.enable', { timeDomain: 'threadTicks' })

    /** @type {Cost[]} */
    const quiet = []
    /** @type {Cost[]} */
    const typing = []
    /** @type {Cost[]} */
    const scrolling = []
    for (let i = 0; i < rounds; i++) {
      say(`round ${i + 1} of ${rounds}: nobody types`)
      candidates.pause()
      await delay(2_500)
      quiet.push(await measure(page, cdp, seconds, async () => delay(seconds * 1000)))
      say(`round ${i + 1} of ${rounds}: everybody types`)
      candidates.go()
      await delay(2_500)
      const before = candidates.sent()
      const cost = await measure(page, cdp, seconds, async () => delay(seconds * 1000))
      check(candidates.sent() - before, sessions * rate * seconds)
      typing.push(cost)
      say(`round ${i + 1} of ${rounds}: everybody types, the proctor scrolls`)
      scrolling.push(await measure(page, cdp, seconds, () => scroll(page, seconds)))
      await page.evaluate('scrollTo(0, 0)')
    }
    const changed = await changesOf(page)
    if (changed === 0) throw new Error('No card changed while everybody typed: nothing was measured.')
    const costs = profile > 0 ? await profiled(cdp, seconds) : []
    const ours = spread(typing.map(({ share }) => share)).median
    const limit = spread(quiet.map(({ share }) => share)).median
    return {
      lines: [
        `${sessions} live sessions, ${rate} events a second each, ${VIEWPORT.width} × ${VIEWPORT.height}; share of one core, medians of ${rounds}`,
        '',
        ...table(
          ['', 'main thread', 'script', 'style', 'layout', 'longest frame gap, ms', 'longest task'],
          [
            row('nobody types', quiet),
            row('everybody types', typing),
            row('… and the wall is scrolled', scrolling),
          ],
        ),
        '',
        `  ${changed} of the cards in view changed within two seconds.`,
        ...costs,
      ],
      result: {
        ours,
        limit,
        peer: null,
        unit: 'share of the main thread while everybody types',
        ratio: null,
        goal: `main thread < ${MAX_SHARE * 100} %`,
        holds: ours < MAX_SHARE,
        rounds: { quiet, typing, scrolling },
        sessions,
        rate,
      },
    }
  } finally {
    for (const stop of undo.reverse()) await stop()
  }
}

/** Fewer events than promised would make the wall look cheap. */
function check(/** @type {number} */ sent, /** @type {number} */ promised) {
  if (sent < promised * 0.8)
    throw new Error(`Only ${sent} of ${promised} events were sent: this machine is too busy.`)
}

/**
 * @param {import('playwright-core').Page} page
 * @param {import('playwright-core').CDPSession} cdp
 * @param {number} seconds
 * @param {() => Promise<unknown>} meanwhile
 * @returns {Promise<Cost>}
 */
async function measure(page, cdp, seconds, meanwhile) {
  await page.evaluate(`(() => {
    const gaps = (window.benchGaps = { last: performance.now(), longest: 0, longestTask: 0, on: true })
    gaps.tasks = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) gaps.longestTask = Math.max(gaps.longestTask, duration)
    })
    gaps.tasks.observe({ type: 'longtask' })
    const look = (now) => {
      gaps.longest = Math.max(gaps.longest, now - gaps.last)
      gaps.last = now
      if (gaps.on) requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  })()`)
  const [before, startMs] = [await metrics(cdp), performance.now()]
  await meanwhile()
  const [after, endMs] = [await metrics(cdp), performance.now()]
  const { longest, longestTask } = /** @type {any} */ (
    await page.evaluate(
      '(benchGaps.on = false, benchGaps.tasks.disconnect(), { longest: benchGaps.longest, longestTask: benchGaps.longestTask })',
    )
  )
  const spentSec = (endMs - startMs) / 1000
  const share = (/** @type {string} */ name) => ((after[name] ?? 0) - (before[name] ?? 0)) / spentSec
  if (spentSec < seconds * 0.9) throw new Error('The measurement was cut short.')
  return {
    share: share('TaskDuration'),
    scriptShare: share('ScriptDuration'),
    layoutShare: share('LayoutDuration'),
    styleShare: share('RecalcStyleDuration'),
    longestMs: longest,
    longestTaskMs: longestTask,
  }
}

/** @returns {Promise<Record<string, number>>} seconds, as Chromium counts them */
async function metrics(/** @type {import('playwright-core').CDPSession} */ cdp) {
  const { metrics } = await cdp.send('Performance.getMetrics')
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]))
}

/** As a hand at a wheel: a notch every 50 ms, down to the end and back. */
async function scroll(/** @type {import('playwright-core').Page} */ page, /** @type {number} */ seconds) {
  const endMs = performance.now() + seconds * 1000
  await page.mouse.move(600, 500)
  for (let i = 0; performance.now() < endMs; i++) {
    await page.mouse.wheel(0, Math.floor(i / 60) % 2 === 0 ? 120 : -120)
    await delay(50)
  }
}

/** How many cards in view say something else two seconds later. */
async function changesOf(/** @type {import('playwright-core').Page} */ page) {
  const tails = () => page.locator('.card .tail').allTextContents()
  const before = await tails()
  await delay(2_000)
  return (await tails()).filter((text, i) => text !== before[i]).length
}

/** The functions that take most of the time, by themselves. */
async function profiled(
  /** @type {import('playwright-core').CDPSession} */ cdp,
  /** @type {number} */ seconds,
) {
  await cdp.send('Profiler.enable')
  await cdp.send('Profiler.start')
  await delay(seconds * 1000)
  const { profile } = await cdp.send('Profiler.stop')
  const names = new Map(
    profile.nodes.map(({ id, callFrame: { functionName, url, lineNumber, columnNumber } }) => [
      id,
      `${functionName || '(anonymous)'} ${url.split('/').at(-1)}:${lineNumber}:${columnNumber}`,
    ]),
  )
  /** @type {Map<string, number>} */
  const spent = new Map()
  for (const [i, id] of (profile.samples ?? []).entries()) {
    const name = names.get(id) ?? ''
    spent.set(name, (spent.get(name) ?? 0) + (profile.timeDeltas?.[i] ?? 0) / 1000)
  }
  return [...spent]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 20)
    .map(([name, ms]) => `  ${ms.toFixed(0).padStart(6)} ms  ${name}`)
}

const percent = (/** @type {number} */ share) => `${(share * 100).toFixed(1)} %`

function row(/** @type {string} */ name, /** @type {Cost[]} */ costs) {
  const median = (/** @type {keyof Cost} */ key) => spread(costs.map((cost) => cost[key])).median
  return [
    name,
    percent(median('share')),
    percent(median('scriptShare')),
    percent(median('styleShare')),
    percent(median('layoutShare')),
    median('longestMs').toFixed(0),
    median('longestTaskMs').toFixed(0),
  ]
}
