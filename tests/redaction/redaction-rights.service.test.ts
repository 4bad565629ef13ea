import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MASK_CHAR } from '../../protocol/redaction.js'
import { aRecordedSession } from '../support/recorded-session.js'
import { aRedactingProduct, type RedactingProduct } from './redacting-product.js'

let product: RedactingProduct
beforeAll(async () => {
  product = await aRedactingProduct()
})
afterAll(() => product[Symbol.asyncDispose]())

describe('[R9] who may, and what is refused', () => {
  test.each<[string, object]>([
    ['neither', { reason: 'r' }],
    ['both', { text: 'secret', fromSeq: 1, toSeq: 1, reason: 'r' }],
    ['a short text', { text: 'abc', reason: 'r' }],
    ['a long text', { text: 'a'.repeat(4001), reason: 'r' }],
    ['half a surrogate pair', { text: 'secret\ud83d', reason: 'r' }],
    ['what is masked already', { text: `${MASK_CHAR}secret`, reason: 'r' }],
    ['no reason', { text: 'secret' }],
    ['a reason that says it', { text: 'secret', reason: 'the secret is out' }],
    ['a range that ends before it begins', { fromSeq: 2, toSeq: 1, reason: 'r' }],
    ['a range beyond the end', { fromSeq: 1, toSeq: 9, reason: 'r' }],
  ])('%s', async (_what, body) => {
    const session = await aRecordedSession(product.world, product.server)
    const answer = await product.redact(session, body)
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'VALIDATION' } } })
    expect(JSON.stringify(answer.body)).not.toContain('secret')
    expect(await session.get('/redactions')).toEqual({ redactions: [], nextAfterId: null })
  })

  test('only the service takes out, proctors see what was', async () => {
    const session = await aRecordedSession(product.world, product.server)
    for (const role of ['candidate', 'proctor'] as const) {
      const token = await product.world.token(role, session.id)
      const answer = await product.redact(session, { text: 'secret', reason: 'r' }, token)
      expect(answer).toMatchObject({ status: 403, body: { error: { code: 'ROLE_FORBIDDEN' } } })
    }
    const token = await product.world.token('proctor', session.id)
    expect((await session.read('/redactions', token)).status).toBe(200)
  })
})
