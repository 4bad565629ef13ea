import { expect, test } from 'vitest'
import { pathOfSession, routeOf } from './routing.js'

test.each([
  ['/', { view: 'wall' }],
  ['/sessions/4f0c', { view: 'session', sessionId: '4f0c' }],
  ['/sessions/4f0c/', { view: 'session', sessionId: '4f0c' }],
  ['/sessions/4f0c/analysis', { view: 'session-analysis', sessionId: '4f0c' }],
  ['/sessions/analysis', { view: 'session', sessionId: 'analysis' }],
  ['/analysis', { view: 'comparison' }],
  ['/analysis/', { view: 'comparison' }],
  ['/analysis/x', { view: 'unknown' }],
  ['/sessions/', { view: 'unknown' }],
  ['/sessions/a/b', { view: 'unknown' }],
  ['/sessions/%E0%A4%A', { view: 'unknown' }],
  ['/elsewhere', { view: 'unknown' }],
])('%s', (pathname, route) => {
  expect(routeOf(pathname)).toEqual(route)
})

test('a session id survives its path', () => {
  const sessionId = 'ä/ö ?#'
  expect(routeOf(pathOfSession(sessionId))).toEqual({ view: 'session', sessionId })
})
