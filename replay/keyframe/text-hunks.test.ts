import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Text } from '../text.js'
import { applyHunks, hunksBetween } from './text-hunks.js'

const anyText = fc
  .array(fc.constantFrom('a', 'b', '\n', 'line one\n', 'line two\n', '\ud83d', '\ude00', 'x'.repeat(1500)), {
    maxLength: 40,
  })
  .map((parts) => parts.join(''))

test('hunks lead from any text to any other, edited or new', () => {
  const anyEdits = fc.array(fc.tuple(fc.nat(20_000), fc.nat(3000), anyText), { maxLength: 6 })
  fc.assert(
    fc.property(anyText, anyEdits, fc.boolean(), (content, edits, isCutAnew) => {
      const before = Text.of(content)
      let after = before
      for (const [at, deleted, inserted] of edits) {
        const from = Math.min(at, after.length)
        after = after.splice(from, Math.min(deleted, after.length - from), inserted)
      }
      // A text that comes as a whole is cut into other pieces than one that was edited.
      const told = isCutAnew ? Text.of(after.toString()) : after
      const heard = applyHunks(before, JSON.parse(JSON.stringify(hunksBetween(before, told))))
      expect(heard.toString()).toBe(after.toString())
    }),
    { numRuns: 500 },
  )
})

test('of a text with changes in several lines only these are told', () => {
  const lines = Array.from({ length: 2000 }, (_, i) => `line number ${i}\n`)
  const changed = lines.map((line, i) => (i % 500 === 250 ? line.replace('number', 'No.') : line))
  const hunks = hunksBetween(Text.of(lines.join('')), Text.of(changed.join('')))
  expect(hunks.filter((one) => typeof one === 'string')).toEqual(['No.', 'No.', 'No.', 'No.'])
})

test('texts that have nothing in common cost no search without end', () => {
  const noise = (seed: number) =>
    Array.from({ length: 60_000 }, (_, i) => `${(i * seed) % 7919} ${(i * seed) % 104_729}\n`).join('')
  const [before, after] = [Text.of(noise(31)), Text.of(noise(37))]
  expect(applyHunks(before, hunksBetween(before, after)).toString()).toBe(after.toString())
})
