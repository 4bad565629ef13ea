// What opening and seeking in a session of a million events costs, beside asciinema-player: see README.md.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import xterm from '@xterm/headless'
import { openAsciinema } from './replay-seek/asciinema.mjs'
import { buildSession } from './replay-seek/build-session.mjs'
import { importSource } from './support/import-source.mjs'
import { percentile } from './support/numbers.mjs'
import { table } from './support/table.mjs'

export const about = 'opening and seeking in a long session, beside asciinema-player'

export const options = {
  events: { default: 1_000_000, about: 'events, of the real recordings over and over' },
  seeks: { default: 300, about: 'random moments of each kind' },
  rounds: { default: 3, about: 'times that all is measured, each with a player of its own' },
}

const GOALS = { firstMs: 500, firstBytes: 1_000_000, loadedMs: 16, fetchedMs: 50, keyframeShare: 0.1 }

/**
 * @param {Record<string, number>} chosen
 * @param {(text: string) => void} say
 * @returns {Promise<{ lines: string[], result: Record<string, unknown> }>}
 */
export async function run({ events = 1, seeks = 1, rounds: roundCount = 1 }, say) {
  const folder = await mkdtemp(join(tmpdir(), 'replay-seek-'))
  const host = fork(fileURLToPath(new URL('./replay-seek/archive-host.mjs', import.meta.url)), [folder])
  try {
    const [{ port }] = await once(host, 'message')
    const built = await buildSession(folder, events, say)
    const product = await importSource('bench/replay-seek/product.ts')
    const url = `http://127.0.0.1:${port}/${built.prefix}`
    const sent = async () => {
      host.send('sent?')
      return (await once(host, 'message'))[0]
    }
    const rounds = []
    for (let round = 0; round < roundCount; round++) {
      say(`round ${round + 1} of ${roundCount}`)
      rounds.push(await measure(product, url, sent, seeks))
    }
    say('asciinema-player')
    const peer = await measurePeer(product, url, seeks)
    return report(built, rounds, peer, { events, seeks })
  } finally {
    host.disconnect()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Numbers that look random and are the same in each run. */
function* randoms(seed = 1) {
  for (let state = seed; ; ) {
    state = (state * 1103515245 + 12345) % 2 ** 31
    yield state / 2 ** 31
  }
}

/** A terminal that is given what a state's is, as the console's pane does. */
class Screen {
  terminal = new xterm.Terminal({ cols: 80, rows: 24, allowProposedApi: true, scrollback: 5000 })
  /** @type {unknown} */
  shown = null

  /** @param {any} product @param {any} state */
  async show({ terminalFeed }, state) {
    const feed = terminalFeed(state.terminal, this.shown)
    this.shown = state.terminal.output
    if (feed.reset) this.reset(80, 24)
    for (const step of feed.steps) {
      if (step.kind === 'write') this.terminal.write(step.data)
      else {
        // A resize does not wait for what was written before it.
        await this.drawn()
        this.terminal.resize(step.columns, step.rows)
      }
    }
    await this.drawn()
  }

  reset(/** @type {number} */ columns, /** @type {number} */ rows) {
    this.terminal.reset()
    this.terminal.resize(columns, rows)
  }

  /** @returns {Promise<void>} */
  drawn() {
    return new Promise((resolve) => this.terminal.write('', resolve))
  }
}

/** @param {any} product @param {string} url @param {() => Promise<{ sent: number, requests: number }>} sent @param {number} seeks */
async function measure(product, url, sent, seeks) {
  const open = async () => {
    await sent()
    const screen = new Screen()
    const startedMs = performance.now()
    const replayer = await product.openRecordingReplayer(product.archiveSource(url))
    const seek = async (/** @type {number} */ atMs) => {
      if (!(await replayer.ready(atMs))) throw new Error('A seek was given up.')
      await screen.show(product, replayer.stateAt(atMs))
    }
    return { replayer, screen, startedMs, seek }
  }
  const cold = async (/** @type {number} */ share) => {
    const { replayer, startedMs, seek } = await open()
    const { startMs, endMs } = replayer.overview
    await seek(startMs + share * (endMs - startMs))
    const ms = performance.now() - startedMs
    const { sent: bytes, requests } = await sent()
    replayer.close()
    return { ms, bytes, requests }
  }
  const first = await cold(0)
  const middle = await cold(0.5)
  const end = await cold(1)

  const { replayer, screen, seek } = await open()
  const { startMs, endMs } = replayer.overview
  await seek(startMs)
  // As for a viewer who looks at the first frame for a moment: keyframes come in the background.
  const startedMs = performance.now()
  await replayer.step({ atMs: endMs, seq: Number.MAX_SAFE_INTEGER }, 1, 'event')
  const keyframesMs = performance.now() - startedMs
  const { sent: keyframeBytes } = await sent()
  const random = randoms()
  const next = () => /** @type {number} */ (random.next().value)
  const fetched = []
  const loaded = []
  const loadedState = []
  for (let i = 0; i < seeks; i++) {
    const atMs = startMs + next() * (endMs - startMs)
    let before = performance.now()
    await seek(atMs)
    fetched.push(performance.now() - before)
    // Wherever the window that is here now has events, and its neighbours are left alone.
    const window = replayer.loadedStretch(atMs)
    const there = window.fromMs + next() * (window.toMs - window.fromMs)
    before = performance.now()
    const state = replayer.stateAt(there)
    loadedState.push(performance.now() - before)
    await screen.show(product, state)
    loaded.push(performance.now() - before)
  }
  const { sent: seekBytes, requests } = await sent()
  replayer.close()
  return {
    first,
    middle,
    end,
    keyframesMs,
    keyframeBytes,
    loaded: { p50: percentile(loaded, 0.5), p99: percentile(loaded, 0.99) },
    loadedState: { p50: percentile(loadedState, 0.5), p99: percentile(loadedState, 0.99) },
    fetched: { p50: percentile(fetched, 0.5), p99: percentile(fetched, 0.99) },
    bytesPerSeek: seekBytes / seeks,
    requestsPerSeek: requests / seeks,
  }
}

/** asciinema-player with the same terminal stream as one cast, its output given to a terminal of the same kind. */
async function measurePeer(
  /** @type {any} */ product,
  /** @type {string} */ url,
  /** @type {number} */ seeks,
) {
  const replayer = await product.openRecordingReplayer(product.archiveSource(url))
  const { startMs } = replayer.overview
  const lines = [JSON.stringify({ version: 2, width: 80, height: 24 })]
  for await (const batch of replayer.events()) {
    for (const { type, data, timestamp } of batch) {
      if (type === 'terminal_stream' && data.channel !== 'i')
        lines.push(JSON.stringify([(timestamp - startMs) / 1000, data.channel, data.data]))
    }
  }
  replayer.close()
  const screen = new Screen()
  const player = await openAsciinema(`${lines.join('\n')}\n`, {
    reset: (columns, rows) => screen.reset(columns, rows),
    resize: (columns, rows) => screen.terminal.resize(columns, rows),
    write: (data) => screen.terminal.write(data),
  })
  const random = randoms()
  const took = []
  for (let i = 0; i < seeks; i++) {
    const sec = /** @type {number} */ (random.next().value) * player.durationSec()
    const before = performance.now()
    await player.seek(sec)
    await screen.drawn()
    took.push(performance.now() - before)
  }
  return { p50: percentile(took, 0.5), p99: percentile(took, 0.99), chunks: lines.length - 1 }
}

/**
 * @param {any} built
 * @param {Awaited<ReturnType<typeof measure>>[]} rounds
 * @param {Awaited<ReturnType<typeof measurePeer>>} peer
 * @param {{ events: number, seeks: number }} chosen
 */
function report({ metadata, bytes, tookMs }, rounds, peer, { events, seeks }) {
  const size = (/** @type {string} */ name) => metadata.objects[name].bytes
  const keyframeShare = size('keyframes.json.gz') / bytes
  const worst = (/** @type {(round: (typeof rounds)[0]) => number} */ of) => Math.max(...rounds.map(of))
  const ms = (/** @type {number} */ value) => value.toFixed(1)
  const mb = (/** @type {number} */ value) => (value / 1e6).toFixed(2)
  const measured = {
    firstMs: worst((round) => round.first.ms),
    firstBytes: worst((round) => round.first.bytes),
    loadedMs: worst((round) => round.loaded.p99),
    fetchedMs: worst((round) => round.fetched.p99),
    keyframeShare,
  }
  const holds = Object.entries(GOALS).every(
    ([name, goal]) => measured[/** @type {keyof typeof GOALS} */ (name)] <= goal,
  )
  return {
    lines: [
      `${events} events; archive ${mb(bytes)} MB: events ${mb(size('events.json.gz'))}, snapshots ${mb(size('snapshots.json.gz'))},`,
      `keyframes ${mb(size('keyframes.json.gz'))} (${(100 * keyframeShare).toFixed(1)} % of all, ${((100 * size('keyframes.json.gz')) / size('events.json.gz')).toFixed(1)} % of the events), overview ${mb(size('overview.json.gz'))}; written and verified in ${(tookMs / 1000).toFixed(0)} s`,
      '',
      ...table(
        ['opened anew, until the panes hold the state', 'ms', 'MB fetched', 'requests'],
        /** @type {const} */ (['first', 'middle', 'end']).map((name) => [
          `at the ${name === 'first' ? 'start' : name}`,
          ms(worst((round) => round[name].ms)),
          mb(worst((round) => round[name].bytes)),
          String(worst((round) => round[name].requests)),
        ]),
      ),
      '',
      ...table(
        [`${seeks} random moments`, 'p50 ms', 'p99 ms'],
        [
          ['segment loaded: state', ms(worst((r) => r.loadedState.p50)), ms(worst((r) => r.loadedState.p99))],
          [
            'segment loaded: state and screen',
            ms(worst((r) => r.loaded.p50)),
            ms(worst((r) => r.loaded.p99)),
          ],
          ['fetched: state and screen', ms(worst((r) => r.fetched.p50)), ms(worst((r) => r.fetched.p99))],
          [`asciinema-player, all ${peer.chunks} chunks in memory: screen`, ms(peer.p50), ms(peer.p99)],
        ],
      ),
    ],
    result: {
      ours: measured.loadedMs,
      limit: null,
      peer: peer.p99,
      unit: 'ms for a seek with its segment loaded, p99',
      ratio: measured.loadedMs / peer.p99,
      goal: 'first frame ≤ 500 ms and ≤ 1 MB; seek p99 ≤ 16 ms loaded, ≤ 50 ms fetched; keyframes ≤ 10 % of the archive',
      holds,
      rounds,
      measured,
      goals: GOALS,
      archive: {
        bytes,
        objects: Object.fromEntries(Object.keys(metadata.objects).map((name) => [name, size(name)])),
      },
      peerSeeks: peer,
      events,
      seeks,
    },
  }
}
