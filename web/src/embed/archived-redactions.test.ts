import { expect, test } from 'vitest'
import { archivedRedactions } from './archived-redactions.js'
import { answering } from './test-support/answering.js'

const redaction = (id: string, more: Record<string, unknown> = {}) => ({
  id,
  kind: 'text',
  placeCount: 3,
  reason: 'a key',
  author: 'platform',
  ...more,
})

test('an archive tells what was taken out of it; what is no redaction is left out', async () => {
  const redactions = [
    redaction('1'),
    redaction('2', { reason: { text: 'a key' } }),
    redaction('3', { placeCount: '3' }),
    { id: '4' },
    redaction('5'),
  ]
  const asked: string[] = []
  const send = answering(() => Response.json({ formatVersion: 1, redactions }), asked)
  const found = await archivedRedactions('https://host/session/', send)
  expect(found.map(({ id }) => id)).toEqual(['1', '5'])
  expect(asked).toEqual(['https://host/session/metadata.json'])
})

test('without any, its metadata has no list', async () => {
  const send = answering(() => Response.json({ formatVersion: 1 }))
  expect(await archivedRedactions('https://host', send)).toEqual([])
})

test.each([
  ['there is no metadata', () => new Response('', { status: 404 })],
  ['the host is at a loss', () => new Response('', { status: 500 })],
  ['a page is sent in its place', () => new Response('<!doctype html>')],
  ['the list is none', () => Response.json({ redactions: 'none' })],
])('where %s, nobody takes that for none', async (_, response) => {
  await expect(archivedRedactions('https://host', answering(response))).rejects.toThrow()
})
