import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PROVENANCES } from '../../protocol/http/analysis.js'
import { lengthOf, Origins, type Run } from './origins.js'

const anyRun = fc.record({
  length: fc.integer({ min: 1, max: 5 }),
  origin: fc.constantFrom(...PROVENANCES),
  seq: fc.nat({ max: 2 }),
})
const anyEdit = fc.record({
  count: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 3 }) }, fc.integer({ min: 30, max: 60 })),
  at: fc.nat(),
  deleted: fc.nat({ max: 30 }),
  inserted: fc.array(anyRun, { maxLength: 6 }),
})

/** One entry per character. */
const spread = (runs: readonly Run[]): string[] =>
  runs.flatMap(({ length, origin, seq }) => new Array<string>(length).fill(`${origin}${seq}`))

test('edits at any place leave each character its origin, and one run for neighbours of one origin', () => {
  fc.assert(
    fc.property(fc.array(anyRun, { maxLength: 400, size: 'max' }), fc.array(anyEdit), (start, edits) => {
      const origins = new Origins(start)
      let chars = spread(start)
      for (const { count, at, deleted, inserted } of edits) {
        let from = at % (chars.length + 1)
        const changes = []
        const after = chars.slice(0, from)
        for (let i = 0; i < count; i++) {
          const gone = Math.min(deleted, chars.length - from)
          changes.push({ at: from, deleted: gone, inserted })
          const next = Math.min(chars.length, from + gone + (at % 7))
          after.push(...spread(inserted), ...chars.slice(from + gone, next))
          from = next
        }
        origins.change(changes)
        chars = [...after, ...chars.slice(from)]
        const runs = origins.runs()
        expect(spread(runs)).toEqual(chars)
        expect(lengthOf(runs)).toBe(chars.length)
        expect(origins.runCount).toBe(runs.length)
        runs.forEach((run, i) => {
          const before = runs[i - 1]
          expect(run.origin === before?.origin && run.seq === before.seq).toBe(false)
        })
        const [a, b] = [at % (chars.length + 1), deleted % (chars.length + 1)].sort((x, y) => x - y)
        expect(spread(origins.slice(a as number, b as number))).toEqual(chars.slice(a, b))
      }
    }),
    { numRuns: 200 },
  )
})
