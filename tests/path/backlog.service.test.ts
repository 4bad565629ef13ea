import { expect, test } from 'vitest'
import { readBacklog } from '../../db/buffer/read-backlog.js'
import { bufferSession, openTestBuffer } from '../support/buffer-session.js'
import { START_MS } from '../support/stores.js'

/** `count` sessions of a buffer of their own, the n-th with a batch of three events received n ms after the start. */
async function aBacklog(count: number) {
  const { buffer, close } = await openTestBuffer()
  const sessions = await Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const session = bufferSession(buffer)
      await session.enter({ 1: 0 })
      await session.append(1, 1, 3, 0, START_MS + n)
      return session
    }),
  )
  return { buffer, sessions, [Symbol.asyncDispose]: close }
}

test('[I8] a backlog is what is received and not committed, since the first of it, until the first is due', async () => {
  await using nothing = await aBacklog(0)
  expect(await readBacklog(nothing.buffer)).toEqual({
    sessions: 0,
    events: 0,
    oldestDueMs: null,
    oldestReceivedMs: null,
  })
  await using twenty = await aBacklog(20)
  const { buffer, sessions } = twenty
  await sessions[0]?.append(1, 4, 5, 0, START_MS + 1000)
  expect(await readBacklog(buffer)).toEqual({
    sessions: 20,
    events: 65,
    oldestDueMs: START_MS + 10_000,
    oldestReceivedMs: START_MS,
  })
})

test('[I7] a session that is put off again and again is seen, however many are due before it', async () => {
  // More than are looked at in any shard.
  await using many = await aBacklog(2_600)
  const { buffer, sessions } = many
  const [stuck] = sessions
  await buffer.schedules.postpone(stuck?.sessionId as string, START_MS + 3_600_000)
  const { sessions: dirty, events, oldestReceivedMs } = await readBacklog(buffer)
  expect([dirty, oldestReceivedMs]).toEqual([2_600, START_MS])
  expect(events).toBe(7_800)
})
