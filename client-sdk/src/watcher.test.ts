import { beforeEach, expect, test } from 'vitest'
import { type ServerEnd, simulatedLinks } from '../test-support/simulated-link.js'
import { Follower, SimulatedLog } from '../test-support/simulated-log.js'
import { seededRandom, VirtualTime, virtualEnvironment } from '../test-support/virtual-time.js'
import { createWatcher } from './watcher.js'
import type { WatcherOptions, WatcherStatus } from './watcher-types.js'

let time: VirtualTime
let log: SimulatedLog
let follower: Follower

beforeEach(() => {
  time = new VirtualTime()
  log = new SimulatedLog(time, seededRandom(1))
  follower = new Follower()
})

const watch = (options: Partial<WatcherOptions> = {}) => {
  const network = { latencyMs: () => 10, losesAck: () => false, doubles: () => false }
  const openLink = simulatedLinks(time, log, network)
  const env = virtualEnvironment(time, seededRandom(2), { openLink, fetch: log.fetch })
  const { onEvents, onReset } = follower
  return createWatcher({ url: 'http://x', token: 't', sessionId: 's', onEvents, onReset, ...options }, env)
}
const outcome = async (promise: Promise<unknown>) => {
  let result: unknown = 'pending'
  promise.then(
    () => {
      result = 'done'
    },
    (error: { code?: string }) => {
      result = error.code
    },
  )
  await time.runUntil(() => result !== 'pending', 60_000)
  return result
}

test('whenCaughtUp resolves once the backlog is shown; the status tells the way there', async () => {
  log.append(100)
  log.faults = { ...log.faults, pageMs: 100 }
  const states: WatcherStatus['state'][] = []
  const watcher = watch({
    onStatus: ({ state }) => {
      if (states.at(-1) !== state) states.push(state)
    },
  })
  expect(await outcome(watcher.whenCaughtUp())).toBe('done')
  expect(follower.events).toEqual(log.log)
  expect(watcher.headSeq).toBe(100)
  log.cutAll()
  await time.run(5000)
  watcher.stop()
  expect(states).toEqual(['catching-up', 'watching', 'reconnecting', 'watching', 'stopped'])
})

test('it begins with a keyframe, is caught up before its history is here, and has all of it in the end', async () => {
  log.append(100)
  log.commit()
  log.keyframeShare = 0.9
  log.faults = { ...log.faults, pageMs: 100 }
  const watcher = watch({ begin: follower.begin })
  expect(await outcome(watcher.whenCaughtUp())).toBe('done')
  expect(follower.historySeq).toBe(0)
  expect(follower.events.slice(90)).toEqual(log.log.slice(90))
  await time.run(5000)
  expect(follower.events).toEqual(log.log)
  expect(follower.violations).toEqual([])
  watcher.stop()
})

test.each<[string, number | null, boolean]>([
  ['an older service has no keyframes', null, true],
  ['the page can make nothing of the one there is', 0.9, false],
])('all events come from the first one on where %s', async (_, keyframeShare, isUnderstood) => {
  log.append(100)
  log.commit()
  log.keyframeShare = keyframeShare
  const watcher = watch({ begin: { ...follower.begin, onKeyframe: () => isUnderstood } })
  expect(await outcome(watcher.whenCaughtUp())).toBe('done')
  expect(follower.events).toEqual(log.log)
  expect(follower.historySeq).toBe(0)
  watcher.stop()
})

test('a session that is not there is told for good', async () => {
  log.refusal = { code: 'SESSION_NOT_FOUND', message: 'There is no such session.' }
  const errors: string[] = []
  const watcher = watch({ onError: ({ code }) => errors.push(code) })
  expect(await outcome(watcher.whenCaughtUp())).toBe('SESSION_NOT_FOUND')
  await time.run(60_000)
  expect(watcher.status).toMatchObject({ state: 'refused', error: { code: 'SESSION_NOT_FOUND' } })
  expect(errors).toEqual(['SESSION_NOT_FOUND'])
})

test('a store that is away is waited for', async () => {
  log.refusal = { code: 'TRY_LATER', message: 'away' }
  const watcher = watch()
  await time.run(3000)
  expect(watcher.status).toMatchObject({ state: 'connecting', error: { code: 'TRY_LATER' } })
  log.refusal = null
  expect(await outcome(watcher.whenCaughtUp())).toBe('done')
  expect(watcher.status.error).toBeUndefined()
})

test('a token function that has no token this time is asked again', async () => {
  log.append(3)
  log.handshake = (auth?: Record<string, unknown>) =>
    auth?.token ? null : { code: 'TOKEN_MISSING', message: 'missing' }
  const tokens = ['', 'a-token']
  const watcher = watch({ token: () => tokens.shift() ?? '' })
  expect(await outcome(watcher.whenCaughtUp())).toBe('done')
})

test('an expired token is replaced by the function’s next one', async () => {
  log.handshake = (auth?: Record<string, unknown>) =>
    auth?.token === 'token-2' ? null : { code: 'TOKEN_EXPIRED', message: 'expired' }
  let tokens = 0
  const watcher = watch({ token: () => `token-${++tokens}` })
  expect(await outcome(watcher.whenCaughtUp())).toBe('done')
  const other = watch({ token: 'token-1' })
  expect(await outcome(other.whenCaughtUp())).toBe('TOKEN_EXPIRED')
})

test('what is said of other sessions is not heard', async () => {
  let end: ServerEnd | undefined
  log.connected = (connected?: ServerEnd) => {
    end = connected
  }
  const watcher = watch()
  await outcome(watcher.whenCaughtUp())
  const event = { type: 'x', timestamp: 1, data: 1, fileId: null, checkpoint: false, source: 1, sourceSeq: 1 }
  end?.push('events', { sessionId: 'another', epoch: 1, firstSeq: 1, events: [event] })
  await time.run(1000)
  expect(follower.events).toEqual([])
})

test('acting without a connection, or losing it meanwhile, fails at once', async () => {
  const watcher = watch()
  expect(await outcome(watcher.message('too early'))).toBe('UNREACHABLE')
  await outcome(watcher.whenCaughtUp())
  const acting = watcher.end()
  log.cutAll()
  const sinceMs = time.nowMs
  expect(await outcome(acting)).toBe('UNREACHABLE')
  expect(time.nowMs - sinceMs).toBeLessThan(1000)
})

test('after stop nothing more is told, and what waits is rejected', async () => {
  log.append(50)
  log.faults = { ...log.faults, pageMs: 1000 }
  const watcher = watch()
  const caughtUp = watcher.whenCaughtUp()
  await time.run(50)
  watcher.stop()
  expect(await outcome(caughtUp)).toBe('RECORDER_CLOSED')
  await time.run(60_000)
  expect(follower.events).toEqual([])
  expect(watcher.status.state).toBe('stopped')
})
