import { expect, test } from 'vitest'
import { placeIn } from './session-place.js'

const NONE = { archiveUrl: null, url: null, sessionId: null, token: null }
const BASE = 'https://page.example/reviews/7'

test.each([
  ['a folder beside the page', 'session/', 'https://page.example/reviews/session'],
  ['a folder of the host', '/a/b//', 'https://page.example/a/b'],
  ['another host', 'https://files.example/x', 'https://files.example/x'],
])('an archive: %s', (_, archiveUrl, found) => {
  expect(placeIn({ ...NONE, archiveUrl }, BASE)).toEqual({ archiveUrl: found })
})

test('a service needs all three, and an archive goes before it', () => {
  const service = { ...NONE, url: 'https://recorder.example/', sessionId: 's', token: 't' }
  expect(placeIn(service, BASE)).toEqual({ url: 'https://recorder.example', sessionId: 's', token: 't' })
  expect(placeIn({ ...service, archiveUrl: '/a' }, BASE)).toEqual({ archiveUrl: 'https://page.example/a' })
  for (const missing of ['url', 'sessionId', 'token']) {
    expect(placeIn({ ...service, [missing]: null }, BASE)).toBeNull()
    expect(placeIn({ ...service, [missing]: '' }, BASE)).toBeNull()
  }
  expect(placeIn(NONE, BASE)).toBeNull()
})

test('what is no address is no place', () => {
  expect(placeIn({ ...NONE, archiveUrl: 'http://' }, BASE)).toBeNull()
  expect(placeIn({ ...NONE, url: 'http://[', sessionId: 's', token: 't' }, BASE)).toBeNull()
})
