import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hashText } from '../../db/text.js'
import { MASK_CHAR } from '../../protocol/redaction.js'
import { aRecordedSession } from '../support/recorded-session.js'
import { tracesOf } from '../support/traces.js'
import { aRedactingProduct, aSecret, type RedactingProduct } from './redacting-product.js'

let product: RedactingProduct
beforeAll(async () => {
  product = await aRedactingProduct()
})
afterAll(() => product[Symbol.asyncDispose]())

describe('[R15] a secret is taken out', () => {
  test('[R8] from texts and paths that a column cannot hold, and from what PostgreSQL refused', async () => {
    const { secret, mask } = aSecret()
    const session = await aRecordedSession(product.world, product.server)
    const path = `\u0000${secret}.ts`
    const at = { timestamp: Date.now() }
    const content = (text: string) => ({ fileName: path, content: `\ud83d${text}\u0000\n` })
    await session.send(
      'tab',
      [
        { ...at, type: 'code_snapshot', fileId: path, data: content(secret) },
        { ...at, type: 'code_snapshot', fileId: path, data: content(`${secret} more`) },
        { ...at, type: 'code_edit', fileId: path, data: { changes: [[0, 0, `\udc00${secret}`]] } },
      ],
      'committed',
    )
    await product.world.sql`
      insert into quarantined_events (session_id, seq, type, reason, original)
      values (${session.id}, 98, 'x', 'x', ${Buffer.from(`custom:x\t1\t0\t\t\t{"k":"${secret}"}`)}),
        (${session.id}, 99, 'x', 'x', ${Buffer.from('custom:x\t1\t0\t\t\t{"k":"kept"}')})`
    // What was computed of these events may hold any of their texts.
    await product.world.sql`
      insert into session_analyses (session_id, version, through_seq, state, metrics)
      values (${session.id}, 0, 3, ${gzipSync(secret)}, '{}')`
    await product.world.sql`
      insert into session_keyframes (session_id, version, through_seq, whole_seq, answer)
      values (${session.id}, 0, 3, 3, ${gzipSync(secret)})`
    expect((await product.redact(session, { text: secret, reason: 'r' })).body.eventCount).toBe(3)
    expect(await tracesOf(product.world, [secret])).toEqual([])
    const events = await session.all()
    expect(events.map((event) => event.fileId)).toEqual(new Array(3).fill(`\u0000${mask}.ts`))
    expect(events.map(({ data }) => data)).toEqual([
      { fileName: `\u0000${mask}.ts`, content: `\ud83d${mask}\u0000\n` },
      { fileName: `\u0000${mask}.ts`, content: `\ud83d${mask} more\u0000\n` },
      { changes: [[0, 0, `\udc00${mask}`]] },
    ])
    const rows = await product.world.sql<{ hash: string; original: string; diff: unknown }[]>`
      select content_hash as hash, content_original as original, diff_from_previous as diff from code_snapshots
      where session_id = ${session.id} order by seq`
    expect(rows.map(({ hash, original }) => hash === hashText(original))).toEqual([true, true])
    expect(rows[1]?.diff).toEqual({
      fromSeq: 1,
      lines: [
        ['-', [`\ud83d${mask}\u0000\n`]],
        ['+', [`\ud83d${mask} more\u0000\n`]],
      ],
    })
    const left = await product.world.sql<{ bytes: number }[]>`
      select octet_length(original) as bytes from quarantined_events where session_id = ${session.id} order by seq`
    expect(left.map(({ bytes }) => bytes > 0)).toEqual([false, true])
  })

  test('[I3] while the interview goes on, twice at once: nothing is lost, doubled or shown', async () => {
    const { secret } = aSecret()
    const session = await aRecordedSession(product.world, product.server)
    const typed = (text: string) =>
      [...text].map((char, i) => ({
        type: 'code_edit',
        timestamp: Date.now(),
        fileId: 'a.ts',
        data: { changes: [[i, 0, char]] },
      }))
    const halves: [string, string] = [secret.slice(0, 9), secret.slice(9)]
    await session.send('first', typed(secret))
    const going = (async () => {
      for (let i = 0; i < 10; i++)
        await session.send('second', typed(`${i % 2 ? halves[0] : 'other'}`), 'committed')
    })()
    const second = await product.world.startServer()
    const wishes = [product.server, second, product.server, second].map((one) =>
      product.redact(session, { text: secret, reason: 'r' }, undefined, one),
    )
    const answers = await Promise.all(wishes)
    await going
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201])
    // Whoever came first has masked it; what each found is of a moment of its own.
    expect(answers.filter(({ body }) => body.eventCount === secret.length)).toHaveLength(1)
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(4)
    const events = await session.all()
    expect(events.map((event) => event.seq)).toEqual(events.map((_, i) => i + 1))
    expect(events).toHaveLength(secret.length + 5 * (9 + 5))
    const first = events.filter(
      (event) => event.sourceSeq <= secret.length && event.source === events[0]!.source,
    )
    const shown = first.map((event) => (event.data as { changes: [number, number, string][] }).changes[0]![2])
    expect(shown.join('')).toBe(MASK_CHAR.repeat(secret.length))
  })

  test('one that does not occur is recorded too: somebody has looked', async () => {
    const session = await aRecordedSession(product.world, product.server)
    const { status, body } = await product.redact(session, { text: 'not there', reason: 'asked for' })
    expect([status, body]).toEqual([
      201,
      expect.objectContaining({ throughSeq: 0, eventCount: 0, places: [] }),
    ])
  })
})
