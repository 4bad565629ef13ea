import { expect, test } from 'vitest'
import { RecorderError } from '../../protocol/recorder-error.js'
import { fetchReceipt } from './receipt.js'
import { TokenHolder, type TokenSource } from './token.js'

const RECEIPT = { sessionId: 's', seq: 7, head: 'ab', atMs: 1, keyId: 'k', signature: 'x' }
const refused = (status: number, code: string) =>
  Response.json({ error: { code, message: `It is ${code}.` } }, { status })

async function ask(answers: (Response | Error)[], token: TokenSource = 't') {
  const asked: { url: string; authorization: string | null }[] = []
  const fetch: typeof globalThis.fetch = async (url, init) => {
    asked.push({ url: String(url), authorization: new Headers(init?.headers).get('authorization') })
    const answer = answers.shift()
    if (answer instanceof Response) return answer
    throw answer
  }
  const request = { url: 'http://x/base/', sessionId: 'a b', env: { fetch }, Refusal: RecorderError }
  const result = await fetchReceipt({ ...request, token: new TokenHolder(token) }).catch((error) => error)
  return { result, asked }
}

test('a receipt is asked for below the path of the service, with the token in use', async () => {
  const { result, asked } = await ask([Response.json(RECEIPT)])
  expect(result).toEqual(RECEIPT)
  expect(asked).toEqual([{ url: 'http://x/base/v1/sessions/a%20b/receipt', authorization: 'Bearer t' }])
})

test('an expired token is renewed once, where another one can be had', async () => {
  let made = 0
  const renewed = await ask([refused(401, 'TOKEN_EXPIRED'), Response.json(RECEIPT)], () => `t${++made}`)
  expect(renewed.result).toEqual(RECEIPT)
  expect(renewed.asked.map(({ authorization }) => authorization)).toEqual(['Bearer t1', 'Bearer t2'])
  const given = await ask([refused(401, 'TOKEN_EXPIRED')])
  expect(given.result).toMatchObject({ code: 'TOKEN_EXPIRED' })
  const twice = await ask([refused(401, 'TOKEN_EXPIRED'), refused(401, 'TOKEN_EXPIRED')], () => 't')
  expect(twice.result).toMatchObject({ code: 'TOKEN_EXPIRED' })
})

test.each([
  ['a refusal', refused(404, 'SESSION_NOT_FOUND'), 'SESSION_NOT_FOUND'],
  ['no answer', new TypeError('no'), 'UNREACHABLE'],
  ['an answer of somebody else', new Response('<html>', { status: 502 }), 'UNREACHABLE'],
])('%s is a RecorderError', async (_what, answer, code) => {
  const { result } = await ask([answer])
  expect(result).toBeInstanceOf(RecorderError)
  expect(result).toMatchObject({ code })
})
