import type { Page } from 'playwright-core'
import { waitFor } from '../../support/wait-for.js'
import type { Candidate } from './candidate.js'
import { pause, type Stack } from './stack.js'

/** What befalls a candidate in the middle of typing, by kind. Each is over when it returns. */
export const FAULTS = {
  // The page is killed.
  'tab-crash': ({ candidate }) => candidate.crashTab(),
  'browser-kill': ({ candidate }) => candidate.killBrowser(),
  'tab-close': ({ candidate }) => candidate.closeTab(),
  reload: ({ candidate }) => candidate.reload(),
  // It is cut off.
  cut: async ({ stack }) => stack.link.cut(),
  down: async ({ stack }, ms) => {
    stack.link.down()
    await pause(ms)
    stack.link.up()
  },
  stall: async ({ stack }, ms) => {
    stack.link.stall()
    await pause(ms)
    stack.link.up()
  },
  'half-open': async ({ stack }) => stack.link.halfOpen(),
  offline: async ({ stack, candidate }, ms) => {
    stack.link.down()
    await candidate.saysOnline(false)
    await pause(ms)
    stack.link.up()
    await candidate.saysOnline(true)
  },
  // The service fails.
  'server-kill': ({ stack }, ms) => stack.killServer(ms / 2),
  'worker-kill': ({ stack }, ms) => stack.killWorker(ms),
  'redis-flush': ({ stack }) => stack.emptyRedis(),
  'redis-kill': ({ stack }, ms) => stack.killRedis(ms),
  // Time does.
  'clock-jump': async ({ candidate, random }) => {
    const byMs = Math.round((random() - 0.5) * 2 * DAY_MS)
    await waitFor('a page whose clock is known', () => candidate.isClockKnown(), 60_000)
    await candidate.jumpClock(byMs)
  },
  sleep: ({ candidate }, ms) => candidate.sleep(ms),
  hang: ({ candidate }, ms) => candidate.hang(ms),
  'second-tab': ({ candidate }) => candidate.secondTab(typeAWord),
} satisfies Record<string, (target: FaultTarget, ms: number) => Promise<void>>

export type FaultKind = keyof typeof FAULTS

export interface FaultTarget {
  stack: Stack
  candidate: Candidate
  random: () => number
}

export interface PlannedFault {
  kind: FaultKind
  /** Strikes so long after this key. */
  key: number
  afterMs: number
  lastsMs: number
}

const DAY_MS = 24 * 3_600_000

/** Every run meets one of each line. */
const ONE_OF_EACH: readonly (readonly FaultKind[])[] = [
  ['tab-crash', 'browser-kill', 'tab-close'],
  ['reload'],
  ['cut', 'down', 'stall', 'half-open', 'offline'],
  ['server-kill'],
  ['redis-flush', 'redis-kill'],
  ['clock-jump'],
]
const MORE_PER_RUN = 3

/** Faults at keys by chance: one of each sort, and some more. */
export function planFaults(keyCount: number, random: () => number): PlannedFault[] {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const kinds = [
    ...ONE_OF_EACH.map(pick),
    ...Array.from({ length: MORE_PER_RUN }, () => pick(Object.keys(FAULTS) as FaultKind[])),
  ]
  return kinds.map((kind) => planned(kind, 5 + Math.floor(random() * (keyCount - 10)), random)).sort(byKey)
}

/** Faults without end, one every so many keys on average. */
export function* faultsEvery(keys: number, random: () => number): Generator<PlannedFault> {
  const kinds = Object.keys(FAULTS) as FaultKind[]
  for (let key = 20; ; key += 1 + Math.floor(random() * 2 * keys)) {
    yield planned(kinds[Math.floor(random() * kinds.length)] as FaultKind, key, random)
  }
}

const planned = (kind: FaultKind, key: number, random: () => number): PlannedFault => ({
  kind,
  key,
  afterMs: Math.floor(random() * 60),
  lastsMs: 200 + Math.floor(random() * 3_000),
})

const byKey = (a: PlannedFault, b: PlannedFault) => a.key - b.key

async function typeAWord(page: Page): Promise<void> {
  for (const letter of 'other') await page.keyboard.press(letter, { delay: 30 })
}
