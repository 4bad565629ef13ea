import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startEpoch } from '../../db/epochs.js'
import { openPath, type Path, type PathSession } from '../support/path-stores.js'

let path: Path
beforeAll(async () => {
  path = await openPath()
})
afterAll(() => path.close())
beforeEach(() => path.reset())

const streamOf = (session: PathSession) => path.buffer.keys.stream(session.shard, session.sessionId)

/** The session's buffer as if a gateway of another version had written one of its batches. */
async function rewrite(
  session: PathSession,
  nth: number,
  version: number,
  more: string[] = [],
): Promise<void> {
  const { redis } = path.buffer
  const entries = await redis.xrange(streamOf(session), '-', '+')
  await redis.del(streamOf(session))
  for (const [i, [id, fields]] of entries.entries()) {
    const isOther = i + 1 === nth
    const at = fields.indexOf('v') + 1
    const list = isOther ? [...fields.slice(0, at), `${version}`, ...fields.slice(at + 1), ...more] : fields
    await redis.xadd(streamOf(session), id, ...list)
  }
}

describe('[R18] a buffer of another version', () => {
  test('is left to a worker that knows it: what came before it is committed, nothing is dropped, and no other session waits', async () => {
    const session = await path.aSession()
    const neighbour = await path.aNeighbourOf(session)
    await session.append(1, 1, 2)
    await session.append(1, 3, 3)
    await session.append(1, 6, 1)
    await neighbour.append(1, 1, 4)
    await rewrite(session, 2, 2)
    const left: number[] = []
    path.context.onUnreadable = (version) => left.push(version)
    await session.flush()
    await neighbour.expectWhole(4)
    await session.expectWhole(2)
    expect(left).toEqual([2])
    expect((await path.buffer.read(session.sessionId, 10))?.batches.map(({ version }) => version)).toEqual([
      2, 1,
    ])
    // A reader is asked to try later: a page that ended here would pass for the whole.
    await expect(session.read()).rejects.toMatchObject({ kind: 'unavailable', code: 'BUFFER_VERSION' })

    // Again and again, also across a close: it waits.
    await session.close()
    for (let i = 0; i < 3; i++) await session.flush()
    expect(await session.row()).toMatchObject({ status: 'ACTIVE', eventCount: 2 })
    // A worker that knows the format has come.
    await rewrite(session, 1, 1)
    await session.flush()
    await session.expectWhole(6)
    expect((await session.row()).status).toBe('COMPLETED')
    delete path.context.onUnreadable
  })

  test('comes through a new epoch as it was, with fields that this version does not know', async () => {
    const session = await path.aSession()
    await session.append(1, 1, 2)
    await rewrite(session, 1, 2, ['z', 'of a later version'])
    const { db, buffer, context, clock } = path
    await startEpoch(db, buffer, context.policy, session.sessionId, 0, clock.nowMs)
    const [entry] = await buffer.redis.xrange(streamOf(session), '-', '+')
    const fields = entry?.[1] ?? []
    expect(fields[fields.indexOf('z') + 1]).toBe('of a later version')
    expect(fields[fields.indexOf('v') + 1]).toBe('2')
    expect(fields[fields.indexOf('n') + 1]).toBe('2')
  })

  test('[R5] [I7] a line that is none is set aside, and holds up nothing', async () => {
    const session = await path.aSession()
    await session.append(1, 1, 3)
    const { redis } = path.buffer
    const [[id, fields]] = (await redis.xrange(streamOf(session), '-', '+')) as [[string, string[]]]
    const lines = (fields[fields.indexOf('p') + 1] as string).split('\n')
    lines[1] = 'no line'
    fields[fields.indexOf('p') + 1] = lines.join('\n')
    await redis.del(streamOf(session))
    await redis.xadd(streamOf(session), id, ...fields)
    await session.flush()
    const rows = await session.expectWhole(3)
    expect(rows.map(({ type }) => type)).toEqual(['custom:x', 'quarantined', 'custom:x'])
    expect(rows[1]?.data).toMatchObject({ claimedType: 'unknown', sizeBytes: 7 })
  })
})
