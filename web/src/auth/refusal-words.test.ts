import { expect, test } from 'vitest'
import { refusalWords } from './refusal-words.js'

test('refused, expired and of another role are told apart', () => {
  const titles = (['TOKEN_INVALID', 'TOKEN_EXPIRED', 'ROLE_FORBIDDEN'] as const).map(
    (code) => refusalWords({ code, claims: null }).title,
  )
  expect(new Set(titles).size).toBe(3)
  expect(titles[1]).toContain('expired')
})

test('says whose token it is', () => {
  const claims = { role: 'candidate', sub: 'ada', expiresAtMs: null }
  expect(refusalWords({ code: 'ROLE_FORBIDDEN', claims }).text).toContain('candidate')
})
