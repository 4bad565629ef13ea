import { expect, test } from 'vitest'
import type { AnnotationView } from '../../../protocol/http/index.js'
import { archivedAnnotations } from './archived-annotations.js'
import { answering } from './test-support/answering.js'

const row = (id: string, version: string, more: Partial<AnnotationView> = {}): AnnotationView => ({
  id,
  version,
  kind: 'note',
  text: version,
  author: 'anna',
  role: 'proctor',
  atMs: 1,
  targetSeq: null,
  value: null,
  retracted: false,
  source: null,
  sourceSeq: null,
  createdAtMs: 2,
  ...more,
})

test('the last version of each counts, and none that was taken back', async () => {
  const annotations = [
    row('1', '1'),
    row('2', '2'),
    row('1', '3'),
    row('2', '4', { retracted: true }),
    row('5', '5', { kind: 'rating', value: 4 }),
  ]
  const asked: string[] = []
  const send = answering(() => Response.json({ formatVersion: 1, annotations }), asked)
  const found = await archivedAnnotations('https://host/session/', send)
  expect(found.map(({ version }) => version)).toEqual(['3', '5'])
  expect(asked).toEqual(['https://host/session/annotations.json'])
})

test.each([404, 403])('an archive without annotations has none (%d)', async (status) => {
  const send = answering(() => new Response('', { status }))
  expect(await archivedAnnotations('https://host', send)).toEqual([])
})

test.each([
  ['the host is at a loss', () => new Response('', { status: 500 })],
  ['a page is sent in their place', () => new Response('<!doctype html>')],
])('where %s, nobody takes that for none', async (_, response) => {
  await expect(archivedAnnotations('https://host', answering(response))).rejects.toThrow()
})

test('what is no annotation is left out, and the others stay', async () => {
  const annotations = [
    row('1', '1'),
    { ...row('2', '2'), author: { name: 'anna' } },
    { ...row('3', '3'), text: 7 },
    { ...row('4', '4'), atMs: 'now' },
    { id: '5' },
  ]
  const found = await archivedAnnotations(
    'https://host',
    answering(() => Response.json({ annotations })),
  )
  expect(found.map(({ id }) => id)).toEqual(['1'])
})
