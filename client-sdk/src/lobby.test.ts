import { expect, test } from 'vitest'
import type { SessionSummary } from '../../protocol/socket-events.js'
import { type ServerEnd, type SimulatedServer, simulatedLinks } from '../test-support/simulated-link.js'
import { seededRandom, VirtualTime, virtualEnvironment } from '../test-support/virtual-time.js'
import { createLobby } from './lobby.js'

const session = (id: string, eventCount = 0) => ({ id, eventCount }) as SessionSummary

class Wall implements SimulatedServer {
  sessions = [session('a'), session('b')]
  refusal: { code: string; message: string } | null = null
  readonly visitors = new Set<ServerEnd>()
  handshake() {
    return this.refusal
  }
  connected() {}
  readonly previewed: string[][] = []
  received(end: ServerEnd, event: string, args: readonly unknown[], ack: (answer: unknown) => void) {
    this.visitors.add(end)
    if (event === 'preview') {
      this.previewed.push((args[0] as { sessionIds: string[] }).sessionIds)
      ack({ ok: true })
      return
    }
    ack({ ok: true, sessions: this.sessions })
  }
  closed(end: ServerEnd) {
    this.visitors.delete(end)
  }
}

function open(wall: Wall) {
  const time = new VirtualTime()
  const network = { latencyMs: () => 10, losesAck: () => false, doubles: () => false }
  const env = virtualEnvironment(time, seededRandom(1), { openLink: simulatedLinks(time, wall, network) })
  const shown: Record<string, number>[] = []
  const states: string[] = []
  const seen: string[] = []
  const lobby = createLobby(
    {
      url: 'http://x',
      token: 't',
      onSessions: (sessions) => shown.push(Object.fromEntries(sessions.map((s) => [s.id, s.eventCount]))),
      onPreviews: (previews) => seen.push(...previews.map(({ sessionId, seq }) => `${sessionId} ${seq}`)),
      onStatus: (status) => states.push(status.state),
    },
    env,
  )
  return { time, lobby, shown, states, seen }
}

test('the list comes at once, its changes follow, and it is whole again after a lost connection', async () => {
  const wall = new Wall()
  const { time, lobby, shown, states } = open(wall)
  await time.run(1000)
  for (const end of wall.visitors) end.push('lobby', { sessions: [session('b', 5), session('c', 1)] })
  await time.run(100)
  expect(shown).toEqual([
    { a: 0, b: 0 },
    { a: 0, b: 5, c: 1 },
  ])
  wall.sessions = [session('c', 9)]
  for (const end of wall.visitors) end.cut()
  await time.run(3000)
  expect(shown.at(-1)).toEqual({ c: 9 })
  expect(states).toEqual(['connected', 'reconnecting', 'connected'])
  lobby.stop()
  await time.run(60_000)
  expect(wall.visitors.size).toBe(0)
  expect(lobby.status).toEqual({ state: 'stopped' })
})

test('a session that is gone leaves the list though nobody says so', async () => {
  const wall = new Wall()
  const { time, shown } = open(wall)
  await time.run(1000)
  wall.sessions = [session('b', 2)]
  await time.run(31_000)
  expect(shown.at(-1)).toEqual({ b: 2 })
})

test('a refusal is final and says why', async () => {
  const wall = new Wall()
  wall.refusal = { code: 'ROLE_FORBIDDEN', message: 'no' }
  const { time, lobby } = open(wall)
  await time.run(10_000)
  expect(lobby.status).toEqual({ state: 'refused', error: { code: 'ROLE_FORBIDDEN', message: 'no' } })
})

test('the sessions in view are named again after a lost connection, at most 100 of them', async () => {
  const wall = new Wall()
  const { time, lobby, seen } = open(wall)
  lobby.preview(['a'])
  await time.run(1000)
  expect(wall.previewed).toEqual([['a']])
  for (const end of wall.visitors) end.push('previews', { previews: [{ sessionId: 'a', seq: 7 }] })
  await time.run(100)
  expect(seen).toEqual(['a 7'])
  for (const end of wall.visitors) end.cut()
  await time.run(3000)
  expect(wall.previewed).toEqual([['a'], ['a']])
  lobby.preview(Array.from({ length: 101 }, (_, i) => String(i)))
  await time.run(100)
  expect(wall.previewed.at(-1)).toHaveLength(100)
  lobby.stop()
})
