import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ROOT } from '../support/root.mjs'

const DIST = join(ROOT, 'node_modules/asciinema-player/dist')

/**
 * asciinema-player's own core with a cast loaded, without its page. `outputs` takes what its terminal would be given.
 * @param {string} cast
 * @param {{ reset(columns: number, rows: number): void, resize(columns: number, rows: number): void, write(data: string): void }} outputs
 */
export async function openAsciinema(cast, outputs) {
  const file = readdirSync(DIST).find((name) => name.startsWith('core-'))
  const module = await import(pathToFileURL(join(DIST, String(file))).href)
  // It is exported under a name that the player's build chooses.
  const Core = Object.values(module).find((one) => one?.name === 'Core')
  const nothing = () => {}
  const logger = { log: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing }
  const core = new Core(
    { data: async () => new Response(cast) },
    { logger, speed: 1, idleTimeLimit: 1e12, preload: true },
  )
  let durationSec = 0
  core.addEventListener('metadata', (/** @type {{ duration: number }} */ data) => {
    durationSec = data.duration
  })
  core.addEventListener('reset', (/** @type {{ size: { cols: number, rows: number } }} */ { size }) =>
    outputs.reset(size.cols, size.rows),
  )
  core.addEventListener('resize', (/** @type {{ cols: number, rows: number }} */ { cols, rows }) =>
    outputs.resize(cols, rows),
  )
  core.addEventListener('output', (/** @type {string | string[]} */ data) =>
    outputs.write([data].flat().join('')),
  )
  core.terminalReady()
  await core.init()
  return {
    durationSec: () => durationSec,
    /** @param {number} sec */
    seek: (sec) => core.seek(sec),
  }
}
