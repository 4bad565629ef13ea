import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Draft, dropDraft, keepDraft, momentOf, readDraft, timeToSend, toSend } from './drafts.js'

const DRAFT: Draft = {
  text: 'Look at the loop',
  kind: 'flag',
  atMs: 1_700_000_000_000,
  begunAtMs: 1_700_000_001_000,
  sent: { id: 'a1', text: 'Look at the', kind: 'flag' },
}

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
  for (const text of ['', 'no json', 'null', '[]', '{"text":1}']) {
    tab.items.set(key, text)
    expect(readDraft('k')).toBeNull()
  }
  tab.items.set(key, '{"text":"a","kind":"rating","atMs":"now","begunAtMs":"then","sent":{"id":1}}')
  expect(readDraft('k')).toEqual({ text: 'a' })
})

test('what is sent again counts once; what was rewritten since is another remark, also where it is found again', () => {
  const first = toSend({ text: ' Look at the loop\n', kind: 'note' })
  expect(first.sent).toMatchObject({ text: 'Look at the loop', kind: 'note' })
  keepDraft('k', first)
  const found = readDraft('k')
  if (found === null) throw new Error('it was kept')
  expect(toSend(found).sent).toEqual(first.sent)
  const rewritten = toSend({ ...found, text: 'Asked about it' })
  const flagged = toSend({ ...found, kind: 'flag' })
  expect(new Set([first, rewritten, flagged].map(({ sent }) => sent.id)).size).toBe(3)
  expect(toSend(rewritten).sent).toEqual(rewritten.sent)
})

test('a tab that was duplicated before anything was sent sends a remark of its own', () => {
  keepDraft('k', { text: 'Look at the loop', kind: 'note' })
  const [here, there] = [readDraft('k'), readDraft('k')]
  if (here === null || there === null) throw new Error('it was kept')
  expect(toSend(there).sent.id).not.toBe(toSend(here).sent.id)
})

test('more time that is asked for again counts once; another amount is another wish', () => {
  const first = timeToSend(null, 900)
  expect(timeToSend(first, 900)).toEqual(first)
  const changed = timeToSend(first, 1800)
  expect(changed.bySec).toBe(1800)
  expect(changed.id).not.toBe(first.id)
  expect(timeToSend(changed, 1800)).toEqual(changed)
})

test('what was begun live is about when it is sent, and about when it was begun once that is past', () => {
  const live: Draft = { text: 'a', atMs: null, begunAtMs: 1000 }
  expect([momentOf(live, false), momentOf(live, true)]).toEqual([null, 1000])
  const placed: Draft = { ...live, atMs: 500 }
  expect([momentOf(placed, false), momentOf(placed, true)]).toEqual([500, 500])
  expect(momentOf({ text: 'a' }, true)).toBeNull()
})
