import { afterEach, expect, test, vi } from 'vitest'
import { MAX_REDACTIONS } from './api.js'
import { makeApi } from './service-api.js'

afterEach(() => void vi.unstubAllGlobals())

/** A service with so many redactions of each session; the addresses that it is asked for come as they do. */
function withRedactions(total: number): URL[] {
  const asked: URL[] = []
  vi.stubGlobal('fetch', async (address: string) => {
    const url = new URL(address)
    asked.push(url)
    const [after, limit] = ['afterId', 'limit'].map((name) => Number(url.searchParams.get(name)))
    const last = Math.min(total, (after ?? 0) + (limit ?? 0))
    const redactions = Array.from({ length: last - (after ?? 0) }, (_, i) => ({
      id: `${(after ?? 0) + i + 1}`,
    }))
    return Response.json({ redactions, nextAfterId: last < total ? `${last}` : null })
  })
  return asked
}

const redactionsOf = (sessionId: string) => makeApi('http://service', 't').redactions(sessionId)

test('all redactions are read, page by page, where they are shown', async () => {
  const asked = withRedactions(120)
  expect((await redactionsOf('s')).map(({ id }) => Number(id))).toEqual(
    Array.from({ length: 120 }, (_, i) => i + 1),
  )
  expect(asked).toHaveLength(2)
})

test('[I8] of more than are shown, no more are read than tell so', async () => {
  const asked = withRedactions(100_000)
  expect((await redactionsOf('s')).length).toBeGreaterThan(MAX_REDACTIONS)
  expect(asked).toHaveLength(3)
})
