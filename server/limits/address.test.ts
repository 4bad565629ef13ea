import { expect, test } from 'vitest'
import { addressOf } from './address.js'

const from = (remoteAddress: string | undefined, forwarded?: string) =>
  ({ headers: { 'x-forwarded-for': forwarded }, socket: { remoteAddress } }) as never

test('without a proxy of one’s own nobody’s word is taken', () => {
  expect(addressOf(from('198.51.100.7', '203.0.113.9'), 0)).toBe('198.51.100.7')
})

test.each<[number, string | undefined, string]>([
  [1, '203.0.113.9', '203.0.113.9'],
  [1, 'spoofed, 203.0.113.9', '203.0.113.9'],
  [2, 'spoofed, 203.0.113.9, 10.0.0.2', '203.0.113.9'],
  [2, '203.0.113.9', '203.0.113.9'],
  [1, undefined, '10.0.0.1'],
  [1, ' , ', '10.0.0.1'],
])('behind %i, with X-Forwarded-For %j: %s', (proxies, forwarded, address) => {
  expect(addressOf(from('10.0.0.1', forwarded), proxies)).toBe(address)
})

test.each([
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002::9', '2001:db8:1:2::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  [undefined, 'unknown'],
  ['x'.repeat(5000), 'x'.repeat(64)],
])('%s counts as %s', (remote, address) => {
  expect(addressOf(from(remote), 0)).toBe(address)
})
