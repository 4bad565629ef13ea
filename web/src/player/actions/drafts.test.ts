import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Draft, dropDraft, keepDraft, readDraft } from './drafts.js'

const DRAFT: Draft = { text: 'Look at the loop', id: 'a1', kind: 'flag', atMs: 1_700_000_000_000 }

/** A tab's storage; `isOff` as browsers have it where the viewer allows none. */
function storage(isOff: boolean) {
  const items = new Map<string, string>()
  const guarded = <A extends unknown[], R>(act: (...args: A) => R) =>
    vi.fn((...args: A) => {
      if (isOff) throw new DOMException('denied', 'SecurityError')
      return act(...args)
    })
  return {
    items,
    getItem: guarded((key: string) => items.get(key) ?? null),
    setItem: guarded((key: string, text: string) => void items.set(key, text)),
    removeItem: guarded((key: string) => void items.delete(key)),
  }
}

let tab: ReturnType<typeof storage>
beforeEach(() => {
  tab = storage(false)
  vi.stubGlobal('sessionStorage', tab)
})
afterEach(() => void vi.unstubAllGlobals())

test.each([false, true])('a draft is kept until it is dropped (storage switched off: %s)', (isOff) => {
  vi.stubGlobal('sessionStorage', storage(isOff))
  keepDraft('pia/s', DRAFT)
  expect(readDraft('pia/s')).toEqual(DRAFT)
  // Not those of somebody else who signs in, nor of another session.
  expect([readDraft('quinn/s'), readDraft('pia/t')]).toEqual([null, null])
  dropDraft('pia/s')
  expect(readDraft('pia/s')).toBeNull()
})

test('what is empty is no draft, and takes back the one before', () => {
  keepDraft('k', DRAFT)
  keepDraft('k', { ...DRAFT, text: ' \n' })
  expect(readDraft('k')).toBeNull()
  expect(tab.items.size).toBe(0)
})

test('what can’t be read is none', () => {
  keepDraft('k', DRAFT)
  const [key = ''] = tab.items.keys()
  for (const text of ['', 'no json', 'null', '[]', '{"text":1,"id":"a"}']) {
    tab.items.set(key, text)
    expect(readDraft('k')).toBeNull()
  }
  tab.items.set(key, '{"text":"a","id":"b","kind":"rating","atMs":"now"}')
  expect(readDraft('k')).toEqual({ text: 'a', id: 'b' })
})
