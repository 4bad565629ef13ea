import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { ROOT } from '../support/root.mjs'

/** Frames and tasks above 50 ms, from `benchStart()` to `benchStop()`. */
const METER = `
  const meter = { frames: [], longTasks: [], isOn: false }
  new PerformanceObserver((list) => {
    if (meter.isOn) meter.longTasks.push(...list.getEntries().map((entry) => entry.duration))
  }).observe({ type: 'longtask' })
  window.benchStart = () => {
    Object.assign(meter, { frames: [], longTasks: [], isOn: true })
    const look = (nowMs) => {
      meter.frames.push(nowMs)
      if (meter.isOn) requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
  }
  window.benchStop = () => {
    meter.isOn = false
    return { frames: meter.frames, longTasks: meter.longTasks }
  }`

const page = (/** @type {string} */ body, /** @type {string} */ script) =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Playback</title><style>
html, body { margin: 0; height: 100% } interviewlm-session-player { display: block; height: 100vh }
#moved { position: absolute; width: 80px; height: 80px; background: #4466cc }
</style></head><body>${body}<script type="module">${METER}\n${script}</script></body></html>`

const PLAYER = (/** @type {string} */ prefix) =>
  page(
    `<interviewlm-session-player archive-url="/${prefix}" at="0"></interviewlm-session-player>`,
    `const player = document.querySelector('interviewlm-session-player')
  player.addEventListener('moment', () => { window.benchShownAtMs ??= performance.now() })
  player.addEventListener('error', ({ detail }) => { throw new Error(detail.message) })
  await import('/player/session-player.js')`,
  )

/** The best one can hope for: a page that moves one thing in each frame, and does nothing else. */
const LIMIT = page(
  '<div id="moved"></div>',
  `let place = 0
  const moved = document.getElementById('moved')
  const move = () => {
    place = (place + 4) % 1000
    moved.style.transform = 'translateX(' + place + 'px)'
    requestAnimationFrame(move)
  }
  requestAnimationFrame(move)`,
)

/**
 * Puts both pages and the built player beside an archive.
 * @param {string} folder
 * @param {string} prefix the archive's
 */
export async function writePages(folder, prefix) {
  await cp(join(ROOT, 'dist/player'), join(folder, 'player'), { recursive: true })
  await writeFile(join(folder, 'player.html'), PLAYER(prefix))
  await writeFile(join(folder, 'limit.html'), LIMIT)
}

/**
 * Where most happens within a span, in ms from the recording's start.
 * @param {string} archive the archive's folder
 * @param {number} spanMs
 */
export async function busiestMs(archive, spanMs) {
  const [{ overview }] = JSON.parse(gunzipSync(await readFile(join(archive, 'overview.json.gz'))).toString())
  const { binMs, edits, terminal } = overview.density
  const bins = Math.max(1, Math.ceil(spanMs / binMs))
  const count = (/** @type {number} */ at) =>
    [edits, terminal].reduce(
      (sum, lane) =>
        sum +
        lane.slice(at, at + bins).reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b, 0),
      0,
    )
  let best = 0
  for (let at = 0; at < edits.length; at++) if (count(at) > count(best)) best = at
  return { atMs: best * binMs, events: count(best) }
}
