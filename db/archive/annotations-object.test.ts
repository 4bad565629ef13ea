import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { AnnotationVersion } from '../annotations.js'
import { readAnnotations, writeAnnotations } from './annotations-object.js'
import { openDirectoryStore } from './directory-store.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'annotations-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const row = (version: number, text: string): AnnotationVersion => ({
  id: '1',
  version: `${version}`,
  kind: 'note',
  text,
  author: 'Pia',
  role: 'proctor',
  atMs: 1_700_000_000_000,
  targetSeq: null,
  value: null,
  retracted: false,
  source: null,
  sourceSeq: null,
  createdAtMs: 1_700_000_000_001,
})
async function* pages(...all: AnnotationVersion[][]) {
  yield* all
}
const write = (generation: number, ...all: AnnotationVersion[][]) =>
  writeAnnotations(openDirectoryStore(folder), 's', { sessionId: 'x', generation }, pages(...all))
const read = () => readAnnotations(openDirectoryStore(folder), 's')
const path = () => join(folder, 's', 'annotations.json')

test('[R16] what is written is read, and is as docs/archive.md says', async () => {
  expect(await read()).toBeNull()
  const rows = [row(1, 'a\n"b" \u2028 ],"sha256"'), row(2, '😀'), row(3, '')]
  await write(3, rows.slice(0, 2), rows.slice(2))
  expect(await read()).toMatchObject({ formatVersion: 1, sessionId: 'x', generation: 3, annotations: rows })
  const text = await readFile(path(), 'utf8')
  expect(JSON.parse(text)).toEqual(await read())
  const lines = text.split('\n')
  expect([lines.length, lines[0], lines.at(-1)]).toEqual([
    6,
    '{"formatVersion":1,"sessionId":"x","generation":3,"annotations":[',
    '',
  ])
  const hashed = lines.slice(1, 4).map((line, i) => `${i === 0 ? line : line.slice(1)}\n`)
  expect(JSON.parse(text).sha256).toBe(createHash('sha256').update(hashed.join('')).digest('hex'))
})

test('an older generation does not take the place of a newer one, the same one may be written again', async () => {
  await write(2, [row(1, 'a'), row(2, 'b')])
  await expect(write(1, [row(1, 'a')])).rejects.toMatchObject({ code: 'ARCHIVE_SUPERSEDED' })
  await write(2, [row(1, 'x'), row(2, 'b')])
  expect((await read())?.annotations[0]?.text).toBe('x')
})

test('rows that are too few leave the older object; a damaged one is noticed and replaced', async () => {
  await write(1, [row(1, 'a')])
  await expect(write(2, [row(1, 'a')])).rejects.toMatchObject({ code: 'ARCHIVE_CORRUPT' })
  expect((await read())?.generation).toBe(1)
  await writeFile(path(), (await readFile(path(), 'utf8')).replace('"a"', '"b"'))
  await expect(read()).rejects.toMatchObject({ code: 'ARCHIVE_CORRUPT' })
  await write(1, [row(1, 'a')])
  expect((await read())?.annotations).toEqual([row(1, 'a')])
})
