import { expect, test } from 'vitest'
import { isRedisUrl, readClusterUrl } from './redis-url.js'

test.each([
  'redis://localhost:6379/0',
  'rediss://:secret@redis',
  'redis+cluster://a:7000',
  'redis+cluster://a:7000,redis+cluster://b:7001',
  'rediss+cluster://name:secret@a,rediss+cluster://b',
])('%s is taken', (url) => {
  expect(isRedisUrl(url)).toBe(true)
})

test.each([
  '',
  'localhost:6379',
  'http://localhost',
  'redis://a,redis://b',
  'redis+cluster://a,b:7001',
  'redis+cluster://a,rediss+cluster://b',
  'redis+cluster://a,',
])('%j is refused', (url) => {
  expect(isRedisUrl(url)).toBe(false)
})

test('a single Redis is no cluster', () => {
  expect(readClusterUrl('redis://:secret@localhost:6379/0')).toBeNull()
})

test('a cluster’s nodes, and who the connections to all of them are of', () => {
  expect(readClusterUrl('redis+cluster://me:p%40ss@a:7000,redis+cluster://b')).toEqual({
    nodes: [
      { host: 'a', port: 7000 },
      { host: 'b', port: 6379 },
    ],
    ofServer: { username: 'me', password: 'p@ss' },
  })
  expect(readClusterUrl('rediss+cluster://a:7000')).toEqual({
    nodes: [{ host: 'a', port: 7000 }],
    ofServer: { tls: {} },
  })
})
