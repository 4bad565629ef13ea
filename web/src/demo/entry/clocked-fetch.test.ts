import { afterEach, expect, test, vi } from 'vitest'
import { ClockedFetch } from './clocked-fetch.js'

const NOW_MS = 1_700_000_000_000

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** What is learned from a service that names its time so, or does not, by a computer whose time is `NOW_MS`. */
async function learned(date: string | null, tookMs = 0): Promise<number | null> {
  vi.useFakeTimers({ now: NOW_MS })
  vi.stubGlobal('fetch', async () => {
    vi.setSystemTime(NOW_MS + tookMs)
    return new Response('{}', { headers: date === null ? {} : { date } })
  })
  const clocked = new ClockedFetch()
  expect(clocked.offsetMs).toBeNull()
  expect(await (await clocked.fetch('/v1/sessions/s')).json()).toEqual({})
  return clocked.offsetMs
}

const dateAfter = (ms: number): string => new Date(NOW_MS + ms).toUTCString()

test.each([-50 * 60_000, 0, 7_200_000])(
  'the clock of a service that is off by %i ms is known',
  async (offMs) => {
    // The header names a second: its middle is off by the least.
    expect(await learned(dateAfter(offMs))).toBe(offMs + 500)
    expect(await learned(dateAfter(offMs + 1000), 2000)).toBe(offMs + 500)
  },
)

test('without a time in the answer it is not known', async () => {
  expect(await learned(null)).toBeNull()
  expect(await learned('some day')).toBeNull()
})
