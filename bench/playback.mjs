// Whether playing keeps its frames, with every pane open: see README.md.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { runTool } from '../scripts/bare/build.mjs'
import { busiestMs, writePages } from './playback/pages.mjs'
import { buildSession } from './replay-seek/build-session.mjs'
import { openBrowser, openPage } from './support/browser.mjs'
import { percentile, spread, sum } from './support/numbers.mjs'
import { ROOT } from './support/root.mjs'
import { table } from './support/table.mjs'

export const about = 'frames while a real recording is played, with every pane open'

export const options = {
  events: { default: 60_000, about: 'events, of the real recordings over and over' },
  rounds: { default: 3, about: 'browsers, one after another, each with all speeds' },
  seconds: { default: 6, about: 'length of a measurement' },
}

const VIEWPORT = { width: 1920, height: 1080 }
/** Presses of L that lead from the speed before to this one. */
const SPEEDS = /** @type {const} */ ([
  [1, 0],
  [8, 3],
  [32, 2],
])
/** A frame at 60 Hz, and a clock that is not exact. */
const MAX_P95_MS = 1000 / 60 + 1

/** @typedef {{ p50: number, p95: number, p99: number, longest: number, longTasks: number, mainThread: number, playedMs: number }} Frames */

/**
 * @param {Record<string, number>} chosen
 * @param {(text: string) => void} say
 * @returns {Promise<{ lines: string[], result: Record<string, unknown> }>}
 */
export async function run({ events = 1, rounds: roundCount = 1, seconds = 1 }, say) {
  say('building the player')
  const built = await runTool(ROOT, 'vite/bin/vite.js', [
    'build',
    'web',
    '--config',
    'web/vite.player.config.ts',
  ])
  if (built.code !== 0) throw new Error(`The player does not build:\n${built.output}`)
  const folder = await mkdtemp(join(tmpdir(), 'playback-'))
  const host = fork(fileURLToPath(new URL('./replay-seek/archive-host.mjs', import.meta.url)), [folder])
  try {
    const [{ port }] = await once(host, 'message')
    const { prefix } = await buildSession(folder, events, say)
    await writePages(folder, prefix)
    const busiest = await busiestMs(join(folder, prefix), 32 * seconds * 1000)
    /** @type {Record<string, Frames[]>} */
    const frames = {}
    /** @type {number[]} */
    const shownMs = []
    const add = (/** @type {string} */ name, /** @type {Frames} */ one) => {
      frames[name] ??= []
      frames[name].push(one)
    }
    for (let round = 0; round < roundCount; round++) {
      const told = (/** @type {string} */ text) => say(`round ${round + 1} of ${roundCount}: ${text}`)
      const browser = await openBrowser(say)
      try {
        told('one thing moves')
        add('limit', await limitOf(browser, port, seconds))
        told('opening the player')
        const player = await openPlayer(browser, port)
        shownMs.push(player.shownMs)
        for (const [speed, presses] of SPEEDS) {
          told(`${speed}×`)
          add(`${speed}×`, await player.play(busiest.atMs, presses, speed, seconds))
        }
        await player.close()
      } finally {
        await browser.close()
      }
    }
    return report(frames, { shownMs, busiest, seconds })
  } finally {
    host.disconnect()
    await rm(folder, { recursive: true, force: true })
  }
}

async function limitOf(
  /** @type {import('playwright-core').Browser} */ browser,
  /** @type {number} */ port,
  /** @type {number} */ seconds,
) {
  const page = await openPage(browser, `http://127.0.0.1:${port}/limit.html`, VIEWPORT)
  const measured = await measure(page, seconds, async () => {})
  await page.close()
  return { ...measured, playedMs: 0 }
}

async function openPlayer(
  /** @type {import('playwright-core').Browser} */ browser,
  /** @type {number} */ port,
) {
  const opened = await openPage(browser, `http://127.0.0.1:${port}/player.html`, VIEWPORT)
  const { page, evaluate } = opened
  await page.waitForFunction('window.benchShownAtMs !== undefined')
  const momentMs = () => evaluate(`document.querySelector('interviewlm-session-player').momentMs`)
  await page.locator('.cm-content').waitFor()
  return {
    /** From the start of the page's loading. */
    shownMs: /** @type {number} */ (await evaluate('window.benchShownAtMs')),
    /**
     * Plays on from a moment.
     * @returns {Promise<Frames>}
     */
    async play(
      /** @type {number} */ fromMs,
      /** @type {number} */ presses,
      /** @type {number} */ speed,
      /** @type {number} */ seconds,
    ) {
      await page.locator('.code-pane').click({ position: { x: 300, y: 300 } })
      await page.keyboard.press('k')
      await evaluate(`document.querySelector('interviewlm-session-player').seek(${fromMs})`)
      await page.waitForFunction(
        `document.querySelector('interviewlm-session-player').momentMs === ${fromMs}`,
      )
      await delay(500)
      const measured = await measure(opened, seconds, async () => {
        for (let i = 0; i <= presses; i++) await page.keyboard.press('l')
      })
      const playedMs = (await momentMs()) - fromMs
      await page.keyboard.press('k')
      if (playedMs < 0.5 * speed * seconds * 1000)
        throw new Error(`At ${speed}× only ${(playedMs / 1000).toFixed(0)} s were played.`)
      return { ...measured, playedMs }
    },
    close: opened.close,
  }
}

/** @returns {Promise<Omit<Frames, 'playedMs'>>} */
async function measure(
  /** @type {Awaited<ReturnType<typeof openPage>>} */ { evaluate, taskMs },
  /** @type {number} */ seconds,
  /** @type {() => Promise<unknown>} */ begin,
) {
  await begin()
  const beforeMs = await taskMs()
  const startedMs = performance.now()
  await evaluate('benchStart()')
  await delay(seconds * 1000)
  const { frames, longTasks } = await evaluate('benchStop()')
  const mainThread = ((await taskMs()) - beforeMs) / (performance.now() - startedMs)
  const gaps = frames.slice(1).map((/** @type {number} */ atMs, /** @type {number} */ i) => atMs - frames[i])
  return {
    p50: percentile(gaps, 0.5),
    p95: percentile(gaps, 0.95),
    p99: percentile(gaps, 0.99),
    longest: Math.max(...gaps),
    longTasks: sum(longTasks),
    mainThread,
  }
}

/**
 * @param {Record<string, Frames[]>} frames
 * @param {{ shownMs: number[], busiest: { atMs: number, events: number }, seconds: number }} more
 */
function report(frames, { shownMs, busiest, seconds }) {
  const median = (/** @type {string} */ name, /** @type {keyof Frames} */ key) =>
    spread((frames[name] ?? []).map((one) => one[key])).median
  const row = (/** @type {string} */ title, /** @type {string} */ name) => [
    title,
    .../** @type {const} */ (['p50', 'p95', 'p99', 'longest', 'longTasks']).map((key) =>
      median(name, key).toFixed(1),
    ),
    `${(100 * median(name, 'mainThread')).toFixed(0)} %`,
  ]
  const ours = median('32×', 'p95')
  const limit = median('limit', 'p95')
  return {
    lines: [
      `${VIEWPORT.width} × ${VIEWPORT.height}, from the busiest ${32 * seconds} s on (${busiest.events} edits and pieces of output), ${seconds} s each, medians of ${shownMs.length};`,
      `the built player, opened at the start, shows its first moment ${spread(shownMs).median.toFixed(0)} ms after its page began to load`,
      '',
      ...table(
        ['ms between frames', 'p50', 'p95', 'p99', 'longest', 'long tasks', 'main thread'],
        [
          row('one thing moves, nothing else', 'limit'),
          ...SPEEDS.map(([speed]) => row(`playing at ${speed}×`, `${speed}×`)),
        ],
      ),
    ],
    result: {
      ours,
      limit,
      peer: null,
      unit: 'ms between frames at 32×, p95',
      ratio: null,
      goal: '32× keeps 60 frames a second, p95, with every pane open',
      holds: ours <= MAX_P95_MS,
      rounds: frames,
      shownMs,
      busiest,
    },
  }
}
