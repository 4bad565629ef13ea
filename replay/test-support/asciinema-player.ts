import { readdirSync } from 'node:fs'

const DIST = new URL('../../node_modules/asciinema-player/dist/', import.meta.url)

export interface Played {
  /** What the player's terminal was given up to the end, in order. */
  steps: ({ write: string } | { columns: number; rows: number })[]
  /** Seconds, before the player shortens anything. */
  durationSec: number
  markers: [sec: number, label: string][]
}

interface PlayerCore {
  addEventListener(name: string, handler: (data: never) => void): void
  init(): Promise<void>
  terminalReady(): void
  seek(where: string): Promise<unknown>
}

/** Loads a cast with asciinema-player's own parser and driver, and seeks to its end. */
export async function playWithAsciinema(cast: string): Promise<Played> {
  const file = readdirSync(DIST).find((name) => name.startsWith('core-'))
  const module: Record<string, unknown> = await import(new URL(file as string, DIST).href)
  // It is exported under a name that the player's build chooses.
  const Core = Object.values(module).find((one) => (one as { name?: string }).name === 'Core') as new (
    source: object,
    options: object,
  ) => PlayerCore
  const logger = { log() {}, debug() {}, info() {}, warn() {}, error() {} }
  const core = new Core(
    { data: async () => new Response(cast) },
    { logger, speed: 1, idleTimeLimit: 1e9, preload: true },
  )
  const played: Played = { steps: [], durationSec: 0, markers: [] }
  const resize = ({ cols, rows }: { cols: number; rows: number }) =>
    played.steps.push({ columns: cols, rows })
  core.addEventListener('metadata', (data: { duration: number; markers: [number, string][] }) => {
    played.durationSec = data.duration
    played.markers = data.markers
  })
  core.addEventListener('reset', ({ size }: { size: { cols: number; rows: number } }) => {
    played.steps = []
    resize(size)
  })
  core.addEventListener('resize', resize)
  core.addEventListener('output', (data: string | string[]) =>
    played.steps.push({ write: [data].flat().join('') }),
  )
  core.terminalReady()
  await core.init()
  await core.seek('100%')
  return played
}
