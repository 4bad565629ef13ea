import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type EventMeta, encodeEventLine } from '../../db/buffer/event-line.js'
import { firstHeadOf } from '../../db/integrity/chain.js'
import { readChainHead, readLinks } from '../../db/integrity/links.js'
import { makeReceipt } from '../../db/integrity/receipts.js'
import { restoreRows } from '../../db/restore-rows.js'
import { verifyArchive } from '../../scripts/verify/verify-archive.js'
import { fillHoles } from '../../workers/sweep/fill-holes.js'
import { openRetentionPath, type RetentionPath } from '../support/retention-path.js'
import { testSigning } from '../support/signing.js'
import { batchOf, START_MS } from '../support/stores.js'
import { aVerifiableSession, SECRET, toldBy } from '../support/verifiable.js'

let path: RetentionPath
beforeAll(async () => {
  path = await openRetentionPath()
  // Stands for whatever PostgreSQL may one day refuse of an event.
  await path.world.sql.unsafe(
    `alter table session_events add constraint refuses check (data::text not like '%refuse me%')`,
  )
})
afterAll(() => path.close())
beforeEach(() => path.reset())

const INTACT = { outcome: 'intact', findings: [], unsigned: [] }
const NOT_YET = {
  outcome: 'not signed',
  findings: [],
  unsigned: ['Not signed yet: the session is live.'],
}

describe('[R15] the chain', () => {
  test('has a link for each flush, from the first event to the last, and each head follows', async () => {
    const session = await aVerifiableSession(path)
    const links = await readLinks(path.db.sql, session.sessionId)
    expect(links.length).toBe(6)
    const { eventCount } = await session.session.row()
    const ends = links.map(({ lastSeq }) => lastSeq)
    expect(links.map(({ firstSeq }) => firstSeq)).toEqual([1, ...ends.slice(0, -1).map((seq) => seq + 1)])
    expect(ends.at(-1)).toBe(eventCount)
    expect(new Set(links.map(({ salt }) => salt?.toString('hex'))).size).toBe(links.length)
    expect(toldBy(await session.verify())).toEqual(NOT_YET)
  })

  test('two flushes of a session beside each other make one chain', async () => {
    const session = await aVerifiableSession(path, { flushes: 2 })
    for (let round = 0; round < 5; round++) {
      await session.append(1, [{}, {}, {}])
      await Promise.all([session.session.flush(), session.session.flush(), session.session.flush()])
    }
    expect(toldBy(await session.verify())).toEqual(NOT_YET)
  })

  test('is over what the service records itself: a gap, what PostgreSQL refused, what came late', async () => {
    const session = await aVerifiableSession(path, { flushes: 1 })
    await session.append(1, [{}, { data: 'refuse me' }, {}])
    await session.session.flush()
    // A batch that was promised its place and is lost.
    const meta = await session.session.meta()
    await session.append(1, [{}, {}])
    await session.append(1, [{}])
    await session.session.lose(meta.headSeq + 1)
    await session.session.flush()
    path.clock.nowMs += path.context.gapAfterMs + 1
    await fillHoles({ ...path.context, clock: () => path.clock.nowMs })
    await session.session.flush()
    await session.close()
    await session.archive()
    expect(toldBy(await session.verify())).toEqual(INTACT)
    await session.session.catchUp()
    await session.append(1, [{}])
    await session.session.flush()
    const types = (await session.session.rows()).map(({ type }) => type)
    expect(types).toEqual(expect.arrayContaining(['quarantined', 'gap']))
    expect(toldBy(await session.verify()).outcome).toBe('not signed')
    await session.archive()
    expect(toldBy(await session.verify())).toEqual(INTACT)
    expect(toldBy(await session.verifyArchive())).toEqual(INTACT)
  })

  test('is over all that is rarely there of an event, as it is stored', async () => {
    const session = await aVerifiableSession(path, { flushes: 1 })
    const { sessionId } = session.session
    const meta: Required<EventMeta> = {
      replaces: 3,
      original: { source: 2, sourceSeq: 2 },
      rawTimestamp: 1.5,
      flags: ['clock_far'],
      fileId: 'a\0.ts',
    }
    const line = { type: 'custom:x', timestampMs: START_MS + 0.25, checkpoint: true, dataJson: '1' }
    const epoch = await session.session.catchUp()
    const firstSeq = Number((await session.session.meta()).fields.r1) + 1
    const batch = batchOf({ sessionId, epoch, source: 1, firstSeq }, 1)
    const lines = encodeEventLine({ ...line, fileId: meta.fileId, meta })
    await path.buffer.append([{ ...batch, lines }], path.clock.nowMs)
    await session.session.flush()
    const [row] = await path.world.sql`
      select meta from session_events where session_id = ${sessionId} order by seq desc limit 1`
    expect(row?.meta).toEqual(meta)
    expect(toldBy(await session.verify())).toEqual(NOT_YET)
    await session.close()
    await session.archive()
    expect(toldBy(await session.verifyArchive())).toEqual(INTACT)
  })

  test('holds while rows are purged in part, purged as a whole, and put back', async () => {
    const session = await aVerifiableSession(path)
    await session.rate()
    await session.close()
    await session.archive()
    expect(toldBy(await session.verify())).toEqual(INTACT)
    await session.purge(40)
    expect((await session.session.row()).purgedThroughSeq).toBeGreaterThan(0)
    expect(toldBy(await session.verify())).toEqual(INTACT)
    await session.purge()
    expect(await session.session.rows()).toHaveLength(0)
    expect(toldBy(await session.verify())).toEqual(INTACT)
    await restoreRows(path.db, path.recordings, session.sessionId)
    expect(toldBy(await session.verify()).findings).toEqual([])
    await session.archive()
    expect(toldBy(await session.verify())).toEqual(INTACT)
  })

  test('of a session that began before there was one covers what came since, and nothing vouches for the rest', async () => {
    const session = await aVerifiableSession(path)
    await path.world.sql`delete from session_links where session_id = ${session.sessionId}`
    expect(toldBy(await session.verify()).outcome).toBe('not signed')
    const { eventCount } = await session.session.row()
    await session.append(1, [{}, {}])
    await session.close()
    await session.archive()
    for (const verdict of [await session.verify(), await session.verifyArchive()]) {
      expect(toldBy(verdict).findings).toEqual([])
      expect(verdict.outcome).toBe('not signed')
      expect(verdict.unsigned.join()).toContain(`Events 1–${eventCount} came before there was a chain.`)
    }
  })

  test('of a session that was closed and goes on again is not signed until it is closed again', async () => {
    const session = await aVerifiableSession(path, { flushes: 1 })
    await session.close()
    await session.archive()
    await path.world.sql`
      update session_recordings set status = 'ACTIVE', close_requested_at = null where id = ${session.sessionId}`
    expect(toldBy(await session.verify())).toEqual(NOT_YET)
  })

  test('an archive without a chain is not signed, whatever stands in it', async () => {
    const session = await aVerifiableSession(path, { flushes: 1 })
    await session.close()
    await path.world.sql`delete from session_links where session_id = ${session.sessionId}`
    await session.archive()
    expect(toldBy(await session.verifyArchive())).toEqual({
      outcome: 'not signed',
      findings: [],
      unsigned: ['metadata.json carries no signature.'],
    })
    expect((await session.session.row()).status).toBe('COMPLETED')
  })

  test('[R17] rows that are not what it says put the session in error, and the archive shows where', async () => {
    const session = await aVerifiableSession(path)
    await session.close()
    await path.world.sql`
      update session_events set data = '{"n":1}' where session_id = ${session.sessionId} and seq = 7`
    await session.archive()
    expect(await session.session.row()).toMatchObject({ status: 'ERROR', archiveState: 'verified' })
    expect(toldBy(await session.verifyArchive())).toMatchObject({
      outcome: 'changed',
      findings: ['Event 7 was changed.'],
    })
  })
})

describe('[R15] a redaction', () => {
  const REDACTED = { outcome: 'redacted', findings: [], unsigned: [] }

  test.each(['live', 'closed', 'archived', 'purged'])(
    'of a session that is %s leaves it verifiable',
    async (state) => {
      const session = await aVerifiableSession(path)
      const before = await readLinks(path.db.sql, session.sessionId)
      if (state !== 'live') await session.close()
      if (state === 'archived' || state === 'purged') await session.archive()
      if (state === 'purged') await session.purge()
      await session.redact()
      expect(toldBy(await session.verify()).findings).toEqual([])
      if (state === 'live') await session.close()
      await session.archive()
      const { eventCount } = await session.session.row()
      for (const verdict of [await session.verify(), await session.verifyArchive()]) {
        expect(toldBy(verdict)).toEqual(REDACTED)
        expect(verdict.redactions.map(({ events }) => events)).toEqual([[[eventCount - 3, eventCount]]])
      }
      // The links it touched have lost their salts; heads and hashes are what they were.
      const after = await readLinks(path.db.sql, session.sessionId)
      const heads = (links: typeof before) => links.map(({ head, linesHash }) => [head, linesHash])
      expect(heads(after)).toEqual(heads(before))
      expect(after.map(({ salt }) => salt === null)).toEqual(before.map((_, i) => i === before.length - 1))
      expect(JSON.stringify(await path.rowsOf(session.sessionId))).not.toContain(SECRET)
    },
  )

  test('made again over the same events counts, with the record of the first', async () => {
    const session = await aVerifiableSession(path)
    await session.redact()
    await session.redact({ fromSeq: 3, toSeq: 40 })
    await session.redact({ fromSeq: 30, toSeq: 50 })
    await session.close()
    await session.archive()
    expect(toldBy(await session.verify())).toEqual(REDACTED)
    expect((await session.verifyArchive()).redactions).toHaveLength(3)
    await session.purge()
    expect(toldBy(await session.verify())).toEqual(REDACTED)
  })

  test('that finds nothing leaves the recording intact', async () => {
    const session = await aVerifiableSession(path)
    await session.redact({ text: 'stands nowhere at all' })
    await session.close()
    await session.archive()
    expect(toldBy(await session.verify())).toEqual(INTACT)
  })

  test('does not cover up what was changed before it', async () => {
    const session = await aVerifiableSession(path)
    const { eventCount } = await session.session.row()
    await path.world.sql`
      update session_events set data = '{"n":1}' where session_id = ${session.sessionId} and seq = ${eventCount - 4}`
    await session.redact()
    await session.close()
    await session.archive()
    const verdict = await session.verify()
    expect(verdict.outcome).toBe('changed')
    expect(toldBy(verdict).findings.join()).toContain('were not as recorded any more when redaction')
  })

  test('is believed only with its signed record', async () => {
    const session = await aVerifiableSession(path)
    await session.redact()
    const { sql } = path.world
    await sql`update redactions set statement = null where session_id = ${session.sessionId}`
    expect((await session.verify()).findings.map(({ what }) => what)).toEqual(['redaction'])
  })
})

describe('[R15] a receipt', () => {
  test('is the beginning of the chain, whatever was recorded and redacted since', async () => {
    const session = await aVerifiableSession(path)
    const { signer } = path.signing
    const receipt = async () =>
      makeReceipt(signer, session.sessionId, await readChainHead(path.db, session.sessionId), 1)
    const first = await receipt()
    await session.append(1, [{}, {}])
    await session.close()
    await session.redact()
    await session.archive()
    const last = await receipt()
    for (const one of [first, last]) {
      expect((await session.verify(one)).outcome).toBe('redacted')
      expect((await session.verifyArchive(one)).outcome).toBe('redacted')
    }
    const none = makeReceipt(signer, session.sessionId, { seq: 0, head: firstHeadOf(session.sessionId) }, 1)
    expect((await session.verifyArchive(none)).outcome).toBe('redacted')
    const texts = async (changed: object) =>
      (await session.verifyArchive({ ...last, ...changed })).findings.map(({ text }) => text)
    expect(await texts({ seq: last.seq - 1 })).toEqual([
      'The receipt was changed: its signature does not hold.',
    ])
    expect(await texts({ keyId: '0'.repeat(16) })).toEqual([
      'The receipt is signed with the unknown key 0000000000000000.',
    ])
  })

  test('tells a recording that lost its end, and one that was made anew', async () => {
    const session = await aVerifiableSession(path)
    const { signer } = path.signing
    const head = await readChainHead(path.db, session.sessionId)
    const longer = makeReceipt(signer, session.sessionId, { ...head, seq: head.seq + 5 }, 1)
    const other = makeReceipt(signer, session.sessionId, { ...head, head: Buffer.alloc(32) }, 1)
    const text = async (receipt: typeof longer) => (await session.verify(receipt)).findings.at(-1)?.text
    expect(await text(longer)).toBe(
      `The receipt says that it was recorded through event ${head.seq + 5}; the chain ends at ${head.seq}.`,
    )
    expect(await text(other)).toBe(`The chain is another one than the receipt's up to event ${head.seq}.`)
  })
})

test('[R15] who signed with another key is told, and nothing is taken on his word', async () => {
  const session = await aVerifiableSession(path, { flushes: 1 })
  await session.close()
  await session.archive()
  const { publicKeys } = testSigning()
  const verdict = await verifyArchive({ store: path.archive, prefix: session.prefix, keys: publicKeys })
  expect(toldBy(verdict)).toMatchObject({
    outcome: 'changed',
    findings: [expect.stringContaining('which is not one of the pinned keys')],
  })
})
