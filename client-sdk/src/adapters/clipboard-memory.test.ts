import { afterEach, describe, expect, test, vi } from 'vitest'
import type { EventRecorder } from '../recorder-types.js'
import { clipboardOf } from './clipboard-memory.js'

const recorder = (): EventRecorder => ({ record: () => 1, on: () => () => {} })

function fakeStorage(kept: Record<string, string> = {}) {
  const storage = {
    kept,
    getItem: (key: string) => kept[key] ?? null,
    setItem: (key: string, value: string) => {
      kept[key] = value
    },
  }
  vi.stubGlobal('sessionStorage', storage)
  return storage
}

afterEach(() => vi.unstubAllGlobals())

describe('the clipboard memory', () => {
  test('is one for all adapters of a recorder, and another for another recorder', () => {
    const mine = recorder()
    clipboardOf(mine).copied('const a = 1', 'own')
    expect(clipboardOf(mine).sourceOf('const a = 1')).toBe('own')
    expect(clipboardOf(recorder()).sourceOf('const a = 1')).toBe('outside')
  })

  test('tells each kind of text apart, whatever the line breaks and the indentation', () => {
    const memory = clipboardOf(recorder())
    memory.copied('if (a) {\n  b()\n}', 'own')
    memory.copied('def f():\r\n    return 1\r\n', 'ai')
    memory.copied('Reverse a list.', 'page')
    expect(memory.sourceOf('    if (a) {\r\n      b()\r\n    }\r\n')).toBe('own')
    expect(memory.sourceOf('def f():\n\treturn 1')).toBe('ai')
    expect(memory.sourceOf('Reverse a list.')).toBe('page')
    expect(memory.sourceOf('Reverse a lisp.')).toBe('outside')
    expect(memory.sourceOf('')).toBe('outside')
  })

  test('a text of the AI stays that when it is copied from the editor; own ones are not lost to the page', () => {
    const memory = clipboardOf(recorder())
    memory.copied('answer', 'ai')
    memory.copied('answer', 'own')
    memory.copied('mine', 'own')
    memory.copied('mine', 'page')
    memory.copied('task', 'page')
    memory.copied('task', 'own')
    expect(['answer', 'mine', 'task'].map((text) => memory.sourceOf(text))).toEqual(['ai', 'own', 'own'])
  })

  test('remembers a bounded number, the newest', () => {
    const { kept } = fakeStorage()
    const memory = clipboardOf(recorder())
    for (let i = 0; i < 1000; i++) memory.copied(`text ${i}`, 'own')
    expect(memory.sourceOf('text 999')).toBe('own')
    expect(memory.sourceOf('text 800')).toBe('own')
    expect(memory.sourceOf('text 799')).toBe('outside')
    expect(JSON.parse(Object.values(kept)[0] as string)).toHaveLength(200)
  })

  test('a reload of the tab keeps it, and no text is in the storage', () => {
    const { kept } = fakeStorage()
    clipboardOf(recorder()).copied('const secret = 42', 'own')
    expect(JSON.stringify(kept)).not.toContain('secret')
    expect(clipboardOf(recorder()).sourceOf('const secret = 42')).toBe('own')
  })

  test.each(['{', '{"a":1}', '[1,null,["x"],["x","evil"],["y","own",2]]', '"text"'])(
    'goes on where the storage holds something else: %s',
    (found) => {
      fakeStorage({ 'interviewlm.clipboard': found })
      const memory = clipboardOf(recorder())
      memory.copied('a', 'own')
      expect(memory.sourceOf('a')).toBe('own')
      expect(memory.sourceOf('x')).toBe('outside')
    },
  )

  test('goes on where the storage throws', () => {
    const fail = () => {
      throw new DOMException('denied', 'SecurityError')
    }
    vi.stubGlobal('sessionStorage', { getItem: fail, setItem: fail })
    const memory = clipboardOf(recorder())
    memory.copied('a', 'own')
    expect(memory.sourceOf('a')).toBe('own')
  })

  test('of a long text only the beginning is looked at', () => {
    const line = '  const value = compute(index, "abc") + 12\n'
    const long = line.repeat(25_000)
    const memory = clipboardOf(recorder())
    memory.copied(long, 'own')
    expect(memory.sourceOf(long.replaceAll('\n', '\r\n'))).toBe('own')
    expect(memory.sourceOf(`x${long}`)).toBe('outside')
    expect(memory.sourceOf(`${long.slice(0, 10_000)}x${long.slice(10_000)}`)).toBe('outside')
    // The best of some, as other tests run beside this one. A walk over the whole text takes about 3 ms.
    const tookMs = Array.from({ length: 50 }, () => {
      const startMs = performance.now()
      memory.sourceOf(long)
      return performance.now() - startMs
    })
    expect(Math.min(...tookMs)).toBeLessThan(1)
  })
})
