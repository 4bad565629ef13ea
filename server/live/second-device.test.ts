import { expect, test } from 'vitest'
import type { BufferMeta } from '../../db/buffer/event-buffer.js'
import { ExplainedError } from '../../protocol/errors.js'
import type { IngestContext } from '../ingest/ingest.js'
import { SecondDevices } from './second-device.js'

/** Two devices of one candidate, connected for good. */
const meta = (session: string) =>
  ({
    fields: {
      [`o:${session}-1`]: 1e12,
      [`d:${session}-1`]: '1:one',
      [`o:${session}-2`]: 1e12,
      [`d:${session}-2`]: '2:two',
    },
  }) as unknown as BufferMeta

test('[I7] a session that takes nothing any more stands in the way of no other, and is not asked for again', async () => {
  let nowMs = 0
  const asked: string[] = []
  const logged: unknown[] = []
  const ingest = {
    clock: () => nowMs,
    buffer: {
      head: async (sessionId: string) => {
        asked.push(sessionId)
        const code =
          sessionId === 'closed' ? 'SESSION_CLOSED' : sessionId === 'gone' ? 'SESSION_NOT_FOUND' : 'TRY_LATER'
        throw new ExplainedError(code, 'That far, and no further.')
      },
    },
  } as unknown as IngestContext
  const metasOf = async (ids: readonly string[]) => ids.map(meta)
  const devices = new SecondDevices(ingest, 45_000, metasOf, (error) => logged.push(error))
  for (const sessionId of ['closed', 'gone', 'open'])
    devices.connected(
      { sessionId, connectionId: `${sessionId}-2`, source: 2, device: 'two' },
      meta(sessionId),
    )

  nowMs = 44_000
  await devices.check()
  expect(asked).toEqual([])
  nowMs = 46_000
  await devices.check()
  expect(asked).toEqual(['closed', 'gone', 'open'])
  nowMs = 51_000
  await devices.check()
  expect(asked).toEqual(['closed', 'gone', 'open', 'open'])
  expect(logged).toHaveLength(2)
  devices.disconnected('open-2')
  await devices.check()
  expect(asked).toHaveLength(4)
})
