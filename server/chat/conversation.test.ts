import { expect, test } from 'vitest'
import type { AiTurn } from '../../protocol/ai-turn.js'
import { type Exchange, tokensUsed } from './conversation.js'

const exchange = (question: string, answer: Partial<AiTurn> | null): Exchange => ({
  identity: { sub: 'c', sourceId: 'chat candidate x' },
  question,
  answer: answer && { role: 'assistant', content: '', ...answer },
  lastSourceSeq: 2,
})
const used = (...exchanges: Exchange[]) => tokensUsed({ exchanges, system: null })
const aborted = { error: { type: 'aborted', message: '' } }

test('a whole answer counts as the API says', () => {
  const answer = { content: 'x'.repeat(400), inputTokens: 3, outputTokens: 5, cacheReadTokens: 7 }
  expect(used(exchange('y'.repeat(400), answer))).toBe(15)
})

test('[I8] an answer that nobody waited for counts by what it was asked and has brought', () => {
  const first = exchange('y'.repeat(40), { content: 'x'.repeat(360), inputTokens: 10, outputTokens: 90 })
  expect(used(first, exchange('z'.repeat(80), aborted))).toBe(100 + (400 + 80) / 4)
  const begun = { ...aborted, content: 'x'.repeat(80), inputTokens: 200, outputTokens: 1 }
  expect(used(first, exchange('z', begun))).toBe(100 + 200 + 20)
  expect(used(first, exchange('z'.repeat(80), null))).toBe(220)
})

test.each([
  ['refused', { type: 'overloaded_error', message: '', status: 529 }],
  ['not reached', { type: 'unreachable', message: '' }],
])('what the API has %s costs nothing', (_what, error) => {
  expect(used(exchange('z'.repeat(80), { error }))).toBe(0)
})
