import Anthropic from '@anthropic-ai/sdk'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordAnthropic } from '../../client-sdk/src/adapters/anthropic.js'
import { createRecorder } from '../../client-sdk/src/index.js'
import { createSessionService } from '../../client-sdk/src/service.js'
import type { ClaudeInteractionView } from '../../protocol/http/index.js'
import { type MessagesApi, startMessagesApi } from '../support/messages-api.js'
import type { ProductProcess } from '../support/process.js'
import { waitFor } from '../support/wait-for.js'
import { makeWorld, type World } from '../support/world.js'

let world: World
let api: MessagesApi
let server: ProductProcess
let anthropic: Anthropic
const errors: unknown[] = []
const onError = (error: unknown) => errors.push(error)
/** Far more than one event may have. */
const LONG = 'line "ü" 😀\n'.repeat(200_000)
beforeAll(async () => {
  api = await startMessagesApi()
  world = await makeWorld({ env: { FLUSH_DUE_MS: '200' } })
  ;[server] = await Promise.all([world.startServer(), world.startWorker()])
  anthropic = new Anthropic({ apiKey: 'key', baseURL: api.url, logLevel: 'off' })
})
afterAll(async () => {
  await world[Symbol.asyncDispose]()
  await api[Symbol.asyncDispose]()
})

const question = {
  model: 'claude-sonnet-5-5',
  max_tokens: 100,
  messages: [{ role: 'user', content: 'All?' }],
} as const
const interactions = (id: string) =>
  waitFor('the typed rows', async () => {
    const path = `/v1/sessions/${id}/claude-interactions`
    const { body } = await world.call<{ claudeInteractions: ClaudeInteractionView[] }>(server, 'GET', path)
    return body.claudeInteractions.length === 2 && body.claudeInteractions
  })

test('[R7] through the backend’s client both sides are stored, an answer above the size of an event whole', async () => {
  const { id } = await world.createSession(server)
  const service = createSessionService({ url: server.url, token: await world.token('service') })
  const claude = recordAnthropic(anthropic, { service, sessionId: id, onError })
  api.next({ text: LONG, pieces: 50, usage: { input_tokens: 3, output_tokens: 9 } })
  expect(
    (await claude.messages.stream({ ...question, messages: [...question.messages] }).finalText()) === LONG,
  ).toBe(true)
  await service.close({ wait: 'committed' })
  const [asked, answered] = await interactions(id)
  expect(asked).toMatchObject({ role: 'user', content: 'All?' })
  expect(answered).toMatchObject({
    role: 'assistant',
    model: 'claude-sonnet-5-5',
    inputTokens: 3,
    outputTokens: 9,
  })
  expect(answered?.content === LONG).toBe(true)
  expect((await world.readAll(server, id)).length).toBeGreaterThan(3)
  expect(errors).toEqual([])
})

test('[R7] through the recorder of a tab just so', async () => {
  const { id, candidateToken } = await world.createSession(server)
  const recorder = createRecorder({ url: server.url, token: candidateToken })
  const claude = recordAnthropic(anthropic, { recorder, onError })
  api.next({ text: LONG })
  await claude.messages.create({ ...question, messages: [...question.messages] })
  await recorder.close()
  const [, answered] = await interactions(id)
  expect(answered?.content === LONG).toBe(true)
  expect(errors).toEqual([])
})
