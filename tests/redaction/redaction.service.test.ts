import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openArchive } from '../../db/archive/open-archive.js'
import { openRecording } from '../../db/archive/read-recording.js'
import { recordingPrefix } from '../../protocol/archive-format.js'
import type { RecordedEvent } from '../../protocol/events.js'
import type { RedactionListView } from '../../protocol/http/index.js'
import { tracesOf } from '../support/traces.js'
import { waitFor } from '../support/wait-for.js'
import { aRedactingProduct, aSecret, moments, type RedactingProduct } from './redacting-product.js'

let product: RedactingProduct
beforeAll(async () => {
  product = await aRedactingProduct()
})
afterAll(() => product[Symbol.asyncDispose]())

describe('[R15] a secret is taken out', () => {
  test('of a live session, with what is only received', async () => {
    const secret = aSecret()
    const session = await product.anInterviewWith(secret)
    const before = await session.all()
    // Statistics that were computed of what was masked would show it again.
    await session.get('/stats')
    expect((await tracesOf(product.world, [secret.secret])).length).toBeGreaterThan(5)

    const { status, body } = await product.redact(session, {
      text: secret.secret,
      reason: 'a key of the company',
    })
    expect(status).toBe(201)
    expect(body).toMatchObject({
      kind: 'text',
      reason: 'a key of the company',
      throughSeq: before.length,
      role: 'service',
      author: 'service-of-test',
      fromSeq: null,
      toSeq: null,
    })
    expect(body.eventCount).toBeGreaterThan(80)
    expect(body.placeCount).toBeGreaterThanOrEqual(body.places.length)
    expect(JSON.stringify(body)).not.toContain(secret.halves[0])
    await product.expectNothingLeft(session, secret, before)

    const again = await product.redact(session, { text: secret.secret, reason: 'to be sure' })
    expect(again.body).toMatchObject({ eventCount: 0, placeCount: 0, places: [] })
    const listed = await session.get<RedactionListView>('/redactions')
    expect(listed).toEqual({ redactions: [body, again.body], nextAfterId: null })
    const log = await session.get<{ entries: { action: string }[] }>('/access-log')
    expect(JSON.stringify(log)).toContain('"redact"')
  })

  test('[R12] of a closed session and its archive, which says so', async () => {
    const secret = aSecret()
    const session = await product.anInterviewWith(secret)
    await session.close()
    await session.archived()
    const before = await session.all()
    const { generation } = (await session.details()).archive
    expect(await tracesOf(product.world, [secret.secret])).toContain(
      `${recordingPrefix(session.id)}/metadata.json`,
    )

    const { body } = await product.redact(session, { text: secret.secret, reason: 'a key' })
    // At once, whatever the archive holds still.
    expect(await product.reads(session)).not.toContain(secret.secret)
    await waitFor(
      'the new archive',
      async () => {
        const { archive } = await session.details()
        return archive.state === 'verified' && archive.generation > generation
      },
      60_000,
    )
    await product.expectNothingLeft(session, secret, before)
    const archive = openArchive(product.world.archiveUrl)
    const { metadata } = await openRecording(archive, recordingPrefix(session.id))
    const { places: _, ...record } = body
    expect(metadata.redactions).toEqual([record])
    const events: RecordedEvent[] = []
    for await (const event of (await openRecording(archive, recordingPrefix(session.id))).readEvents())
      events.push(event)
    expect(events).toEqual(await session.all())
    await archive.close()
  })

  test('[I6] of a session whose rows are gone', async () => {
    const secret = aSecret()
    const session = await product.anInterviewWith(secret)
    await session.close()
    await session.archived()
    const before = await session.all()
    const stats = await session.get('/stats')
    await session.purge()

    expect((await product.redact(session, { text: secret.secret, reason: 'a key' })).status).toBe(201)
    expect(await product.reads(session)).not.toContain(secret.secret)
    await session.archived()
    await product.expectNothingLeft(session, secret, before)
    // Of the same length and kind, so that what is counted stays; lists by name have another order.
    const numbers = (value: unknown) =>
      JSON.stringify(value)
        .match(/"(total|lines\w*|events|\w*Chars)":\d+/g)
        ?.sort()
    expect(numbers(await session.get('/stats'))).toEqual(numbers(stats))
  })

  test('a range: texts go, replay and statistics stay', async () => {
    const secret = aSecret()
    const session = await product.anInterviewWith(secret)
    await session.close()
    await session.archived()
    const before = await session.all()
    const { status, body } = await product.redact(session, {
      fromSeq: 1,
      toSeq: before.length,
      reason: 'all of it',
    })
    expect([status, body.kind, body.eventCount]).toEqual([201, 'range', expect.any(Number)])
    await waitFor(
      'the new archive',
      async () => (await session.details()).archive.state === 'verified',
      60_000,
    )
    const after = await session.all()
    expect(moments(after).map(({ sizes }) => sizes)).toEqual(moments(before).map(({ sizes }) => sizes))
    // Paths stay, as what links the events of a file; beside the events a range masks nothing.
    for (const { type, data } of after)
      if (type !== 'file_created') expect(JSON.stringify(data)).not.toContain(secret.secret)
    await product.expectRowsAgree(session, after)
    expect((await session.read('/stats')).status).toBe(200)
    const again = await product.redact(session, { fromSeq: 1, toSeq: before.length, reason: 'all of it' })
    expect(again.body).toMatchObject({ eventCount: 0, placeCount: 0 })
  })
})
