import { expect, test } from 'vitest'
import type { ChatView } from '../../protocol/http/index.js'
import { startMessagesApi } from '../support/messages-api.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld } from '../support/world.js'

test('[R10] a question whose server is killed while it is answered is asked again by its repetition', async () => {
  await using api = await startMessagesApi()
  await using world = await makeWorld()
  const env = { ANTHROPIC_API_KEY: 'key', ANTHROPIC_BASE_URL: api.url }
  const [first, second] = await Promise.all([world.startServer(env), world.startServer(env)])
  const { id, candidateToken } = await world.createSession(first)
  const ask = (at = second) =>
    world.call<ChatView>(at, 'POST', `/v1/sessions/${id}/chat`, {
      body: { message: 'Why?' },
      token: candidateToken,
      headers: { 'idempotency-key': 'once' },
    })
  api.next({ text: 'It is beca', ends: 'never' })
  const lost = ask(first).catch(() => null)
  await waitFor('the question to reach the model', () => api.requests.length === 1)
  await first.kill()
  await lost
  // What the dead server held runs out by itself.
  const { body } = await waitFor('an answer', async () => {
    const answer = await ask()
    return answer.status === 200 && answer
  })
  expect(body.content).toBe('You said: Why?')
  const events = await world.readAll(second, id)
  expect(events.map(({ data }) => (data as { role: string }).role)).toEqual(['system', 'user', 'assistant'])
  expect(api.requests.map(({ body }) => body.messages)).toEqual([
    [{ role: 'user', content: 'Why?' }],
    [{ role: 'user', content: 'Why?' }],
  ])
})
