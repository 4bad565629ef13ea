import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonPieces } from './json-stream.js'

async function textOf(value: unknown): Promise<string> {
  const pieces: string[] = []
  for await (const piece of jsonPieces(value)) pieces.push(piece)
  return pieces.join('')
}

test('[R8] in pieces it says what JSON.stringify says in one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue({ maxDepth: 6 }), async (value) => {
      expect(await textOf(value)).toBe(JSON.stringify(value))
    }),
    { numRuns: 200, interruptAfterTimeLimit: 20_000 },
  )
})

test('what is undefined is left out, and any key is kept', async () => {
  const value = { a: undefined, list: [undefined, { b: undefined, c: 1 }] }
  expect(await textOf(value)).toBe('{"list":[null,{"c":1}]}')
  const odd = '{"__proto__":{"d":2},"constructor":[]}'
  expect(await textOf(JSON.parse(odd))).toBe(odd)
})

test('[R8] a long text comes out as it went in, wherever it is cut', async () => {
  const texts = ['\ud83d\ude00', 'x\ud83d\ude00', '\ud83d', '\u0000"\\', 'é\n'].map((unit) =>
    unit.repeat(70_000),
  )
  expect(JSON.parse(await textOf({ deep: { deeper: texts } }))).toEqual({ deep: { deeper: texts } })
  const pieces: number[] = []
  for await (const piece of jsonPieces(texts)) pieces.push(piece.length)
  expect(Math.max(...pieces)).toBeLessThan(8 * 64 * 1024)
})
