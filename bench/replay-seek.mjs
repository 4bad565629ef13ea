// What opening and seeking in a session of a million events costs, beside asciinema-player and rrweb: see README.md.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readRecording } from './recorder-page/recording.mjs'
import { buildSession } from './replay-seek/build-session.mjs'
import { bundlePage } from './replay-seek/bundle-page.mjs'
import { report } from './replay-seek/report.mjs'
import { writeCasts } from './replay-seek/write-casts.mjs'
import { openBrowser, openPage } from './support/browser.mjs'
import { atHighPriority } from './support/high-priority.mjs'

export const about = 'opening and seeking in a long session, beside asciinema-player and rrweb'

export const options = {
  events: { default: 1_000_000, about: 'events, of the real recordings over and over' },
  seeks: { default: 200, about: 'random moments of each kind and round' },
  edits: { default: 2_000, about: 'edits in the recording that rrweb seeks in' },
  rounds: { default: 3, about: 'times that all is measured, each with a browser of its own' },
}

const VIEWPORT = { width: 1280, height: 800 }

/** @typedef {{ ms: number, hereMs: number, stateMs: number }} Seek in all; until the state is there; and the replay of it alone */
/** @typedef {{ ms: number, bytes: number, requests: number }} Opening */
/**
 * @typedef {object} Round
 * @property {Record<'start' | 'middle' | 'end', Opening>} opened
 * @property {Seek[]} fetched
 * @property {Seek[]} loaded
 * @property {number} bytesPerSeek
 * @property {number} taskMsPerSeek processor time of the main thread, frames and what is loaded on the side included
 * @property {{ openedMs: number, took: number[] }} wholeCast
 * @property {{ openedMs: number, took: number[] }} segmentedCast
 * @property {{ took: number[], edits: number, events: number, bytes: number }} rrweb
 */

/**
 * @param {Record<string, number>} chosen
 * @param {(text: string) => void} say
 * @returns {Promise<{ lines: string[], result: Record<string, unknown> }>}
 */
export async function run({ events = 1, seeks = 1, edits = 1, rounds: roundCount = 1 }, say) {
  const folder = await mkdtemp(join(tmpdir(), 'replay-seek-'))
  const host = await atHighPriority(async () =>
    fork(fileURLToPath(new URL('./replay-seek/archive-host.mjs', import.meta.url)), [folder]),
  )
  try {
    const [{ port }] = await once(host, 'message')
    const built = await buildSession(folder, events, say)
    say('writing the casts')
    const casts = await writeCasts(folder, built.terminal)
    await writeFile(join(folder, 'edits.json'), JSON.stringify(await readRecording(edits)))
    await bundlePage(folder)
    const sent = async () => {
      host.send('sent?')
      return /** @type {{ sent: number, requests: number }} */ ((await once(host, 'message'))[0])
    }
    /** @type {Round[]} */
    const rounds = []
    for (let round = 0; round < roundCount; round++) {
      const told = (/** @type {string} */ text) => say(`round ${round + 1} of ${roundCount}: ${text}`)
      rounds.push(await measure(`http://127.0.0.1:${port}`, { built, casts, seeks, sent, say: told }))
    }
    return report({ built, casts, rounds, seeks })
  } finally {
    host.disconnect()
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * @param {string} origin
 * @param {{ built: any, casts: Awaited<ReturnType<typeof writeCasts>>, seeks: number,
 *   sent: () => Promise<{ sent: number, requests: number }>, say: (text: string) => void }} plan
 * @returns {Promise<Round>}
 */
async function measure(origin, { built, casts, seeks, sent, say }) {
  const browser = await openBrowser(say)
  /** Each in a page of its own, which has loaded its code and nothing else. */
  const inPage = async (/** @type {string} */ script) => {
    const page = await openPage(browser, `${origin}/page.html`, VIEWPORT)
    await page.page.waitForFunction('window.bench !== undefined && crossOriginIsolated')
    await sent()
    const before = await page.taskMs()
    const answer = await page.evaluate(script)
    const taskMs = (await page.taskMs()) - before
    await page.close()
    return { answer, taskMs, traffic: await sent() }
  }
  const url = JSON.stringify(`${origin}/${built.prefix}`)
  /** @returns {Promise<Opening>} */
  const openedAt = async (/** @type {number} */ share) => {
    const { answer, traffic } = await inPage(`bench.openAt(${url}, ${share})`)
    return { ms: answer, bytes: traffic.sent, requests: traffic.requests }
  }
  try {
    say('opening')
    const opened = { start: await openedAt(0), middle: await openedAt(0.5), end: await openedAt(1) }
    say('seeking')
    const ours = await inPage(`bench.seekOurs(${url}, ${seeks})`)
    say('asciinema-player')
    const whole = { url: `${origin}/${casts.whole}` }
    const segmented = { url: `${origin}/${casts.segmented}`, format: 'segmented' }
    const wholeCast = await inPage(`bench.seekAsciinema(${JSON.stringify(whole)}, ${seeks})`)
    const segmentedCast = await inPage(`bench.seekAsciinema(${JSON.stringify(segmented)}, ${seeks})`)
    say('rrweb')
    const rrweb = await inPage(`bench.seekRrweb(${Math.min(seeks, 100)})`)
    return {
      opened,
      ...ours.answer,
      bytesPerSeek: ours.traffic.sent / seeks,
      taskMsPerSeek: ours.taskMs / (2 * seeks),
      wholeCast: wholeCast.answer,
      segmentedCast: segmentedCast.answer,
      rrweb: rrweb.answer,
    }
  } finally {
    await browser.close()
  }
}
