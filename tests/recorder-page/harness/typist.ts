import type { Page } from 'playwright-core'
import type { Candidate } from './candidate.js'
import type { Key } from './keys.js'
import { pause } from './stack.js'

export interface TypistOptions {
  keysPerSecond: number
  /** Called before each key, with its number from 0. */
  beforeKey(n: number): void
}

export interface Typed {
  keys: number
  /** Presses that went to a page that was just gone. */
  missed: number
  /** Keys a second while there was a page. */
  rate: number
}

/** Presses the keys at their pace, whatever becomes of the page; where it is gone, it is waited for. */
export async function typeKeys(
  candidate: Candidate,
  keys: Iterable<Key>,
  { keysPerSecond, beforeKey }: TypistOptions,
): Promise<Typed> {
  const typed: Typed = { keys: 0, missed: 0, rate: 0 }
  const gapMs = 1000 / keysPerSecond
  const fromMs = performance.now()
  let awayMs = 0
  let dueAtMs = fromMs
  let { load } = candidate
  let cursor: number | null = null
  for (const key of keys) {
    beforeKey(typed.keys)
    typed.keys++
    await pause(dueAtMs - performance.now())
    const leftAtMs = performance.now()
    await candidate.whenThere()
    awayMs += performance.now() - leftAtMs
    // Keys that were late are not made up for: nobody types a burst.
    dueAtMs = Math.max(dueAtMs, performance.now() - gapMs) + gapMs
    if (candidate.load !== load) cursor = null
    ;({ load } = candidate)
    cursor = (await press(candidate.page, key, cursor)) ? key.cursor : null
    if (cursor === null && key.cursor !== null) typed.missed++
  }
  typed.rate = (1000 * typed.keys) / (performance.now() - fromMs - awayMs)
  return typed
}

/** @returns whether the page was there to take it */
async function press(page: Page, key: Key, cursor: number | null): Promise<boolean> {
  try {
    if (key.at && (key.at[0] !== cursor || key.at[1] !== cursor)) {
      await page.evaluate(([from, to]) => globalThis.interview?.select(from, to), key.at)
    }
    if (key.paste !== undefined) await page.evaluate((text) => navigator.clipboard.writeText(text), key.paste)
    if (key.insert !== undefined) await page.keyboard.insertText(key.insert)
    else await page.keyboard.press(key.press ?? 'Control+v')
    return true
  } catch {
    return false
  }
}
