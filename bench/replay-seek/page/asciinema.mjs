import * as player from 'asciinema-player-core'
import { Screen } from './screen.mjs'

// It is exported under a name that the player's build chooses.
const Core = /** @type {any} */ (Object.values(player).find((one) => one?.name === 'Core'))
const nothing = () => {}
const LOGGER = { log: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing }

/**
 * asciinema-player's own core without its page, its output given to a terminal of the same kind as ours.
 * @param {{ url: string, format?: 'segmented' }} source
 */
export async function openAsciinema(source) {
  const screen = new Screen()
  const core = new Core({ driver: 'recording', ...source }, { logger: LOGGER, speed: 1, preload: true })
  let durationSec = 0
  core.addEventListener('metadata', (/** @type {{ duration: number }} */ { duration }) => {
    durationSec = duration
  })
  core.addEventListener(
    'reset',
    (/** @type {{ size: { cols: number, rows: number }, init?: string }} */ { size, init }) => {
      screen.reset(size.cols, size.rows)
      if (init) screen.write(init)
    },
  )
  core.addEventListener('resize', (/** @type {{ cols: number, rows: number }} */ { cols, rows }) =>
    screen.resize(cols, rows),
  )
  core.addEventListener('output', (/** @type {string | string[]} */ data) =>
    screen.write([data].flat().join('')),
  )
  core.terminalReady()
  await core.init()
  return {
    durationSec: () => durationSec,
    /** Resolves when the terminal has parsed what the moment shows. */
    async seek(/** @type {number} */ sec) {
      const before = performance.now()
      await core.seek(sec)
      await screen.drawn()
      return performance.now() - before
    },
    close: () => core.stop?.(),
  }
}
