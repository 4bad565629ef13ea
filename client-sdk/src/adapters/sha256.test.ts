import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { sha256OfLongText, sha256OfText } from './sha256.js'

afterEach(() => vi.unstubAllGlobals())

/** As db/text.ts does it, which the SDK may not import. */
const hashText = (text: string): string => createHash('sha256').update(JSON.stringify(text)).digest('hex')

test('texts of all lengths around a block', () => {
  for (let length = 0; length < 200; length++) {
    const text = 'aé€😀'.repeat(length).slice(0, length)
    expect(sha256OfText(text), `${length} units`).toBe(hashText(text))
  }
})

const anyText = fc
  .array(
    fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('\ud83d', '\ude00', '\u0000', '"', '\\', '\n')),
  )
  .map((parts) => parts.join(''))

test('any text has the hash that the service gives it', async () => {
  await fc.assert(
    fc.asyncProperty(anyText, async (text) => {
      expect(sha256OfText(text)).toBe(hashText(text))
      expect(await sha256OfLongText(text)).toBe(hashText(text))
    }),
  )
})

test('a long text', async () => {
  const text = '😀\ud83d"\n'.repeat(200_000)
  expect(await sha256OfLongText(text)).toBe(hashText(text))
  expect(sha256OfText(text)).toBe(hashText(text))
})

test('where the page came over plain http, short texts have a hash and long ones none', async () => {
  vi.stubGlobal('crypto', {})
  expect(sha256OfText('short')).toBe(hashText('short'))
  expect(await sha256OfLongText('long')).toBeNull()
})
