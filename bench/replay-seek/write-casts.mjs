import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { importSource } from '../support/import-source.mjs'

const INITIAL = { cols: 80, rows: 24 }
/** As much as is printed between two of our screens. */
const SEGMENT_CHARS = 16 * 1024

/**
 * Writes what a terminal printed for asciinema-player: as one file, and in its segmented format, in which each segment
 * begins with the screen that it goes on from.
 * @param {string} folder
 * @param {import('./build-session.mjs').Chunk[]} chunks
 * @returns {Promise<{ whole: string, segmented: string, segments: number }>} paths below the folder
 */
export async function writeCasts(folder, chunks) {
  const lines = chunks.map((chunk) => JSON.stringify(chunk))
  const header = JSON.stringify({ version: 2, width: INITIAL.cols, height: INITIAL.rows })
  await writeFile(join(folder, 'whole.cast'), `${[header, ...lines].join('\n')}\n`)

  await mkdir(join(folder, 'cast'))
  const { makeHeadlessScreen } = await importSource('workers/archive/headless-screen.ts')
  const screen = makeHeadlessScreen()
  let size = { ...INITIAL }
  let snapshot = { ...INITIAL, init: '' }
  /** @type {import('./build-session.mjs').Chunk[]} */
  let events = []
  let chars = 0
  /** @type {{ start: number, url: string }[]} */
  const segments = []
  const close = async () => {
    const name = `cast/${segments.length}.json`
    segments.push({ start: segments.length === 0 ? 0 : (events[0]?.[0] ?? 0), url: `/${name}` })
    await writeFile(join(folder, name), JSON.stringify({ snapshot, events }))
  }
  for (const chunk of chunks) {
    const [sec, channel, data] = chunk
    // Two segments must not start at the same time, and an event of a time belongs to one of them.
    if (chars >= SEGMENT_CHARS && sec > (events.at(-1)?.[0] ?? 0)) {
      await close()
      snapshot = { ...size, init: (await screen.serialize(0)) ?? '' }
      events = []
      chars = 0
    }
    events.push(chunk)
    chars += data.length
    if (channel === 'r') {
      const [cols = 80, rows = 24] = data.split('x').map(Number)
      size = { cols, rows }
      screen.resize(cols, rows)
    } else await screen.write(data)
  }
  await close()
  screen.dispose()
  const duration = chunks.at(-1)?.[0] ?? 0
  await writeFile(
    join(folder, 'cast/index.json'),
    JSON.stringify({ version: 1, term: INITIAL, duration, segments }),
  )
  return { whole: 'whole.cast', segmented: 'cast/index.json', segments: segments.length }
}
