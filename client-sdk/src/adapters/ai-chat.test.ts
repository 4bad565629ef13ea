import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DATA_SCHEMAS } from '../../../protocol/event-schemas.js'
import { RecorderError } from '../../../protocol/recorder-error.js'
import type { RecordableEvent } from '../recorder-types.js'
import { type AiTurn, type ChatAnswer, readChat, recordAiTurn, startAiTurn } from './ai-chat.js'

let page: EventTarget
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
  page = new EventTarget()
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page))
  vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page))
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function fakeRecorder() {
  const turns: AiTurn[] = []
  const record = ({ type, data }: RecordableEvent): number => {
    expect(type).toBe('ai_interaction')
    DATA_SCHEMAS.ai_interaction.parse(JSON.parse(JSON.stringify(data)))
    return turns.push(data as AiTurn)
  }
  return { turns, record }
}

async function* from<T>(items: readonly T[], error?: unknown): AsyncGenerator<T> {
  yield* items
  if (error !== undefined) throw error
}

async function collected<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of stream) all.push(item)
  return all
}

test('a whole turn', () => {
  const recorder = fakeRecorder()
  recordAiTurn(recorder, { role: 'user', content: 'why?' })
  expect(recorder.turns).toEqual([{ role: 'user', content: 'why?' }])
})

test('an answer in pieces is one turn, with its times and what is known of it', () => {
  const recorder = fakeRecorder()
  const turn = startAiTurn(recorder, { model: 'm-1' })
  vi.advanceTimersByTime(120)
  turn.text('')
  vi.advanceTimersByTime(80)
  turn.text('be')
  turn.facts({ inputTokens: 12 })
  vi.advanceTimersByTime(300)
  turn.text('cause')
  turn.end({ outputTokens: 2, stopReason: 'end_turn' })
  turn.end()
  turn.text('late')
  turn.fail(new Error('late'))
  expect(recorder.turns).toEqual([
    {
      role: 'assistant',
      content: 'because',
      model: 'm-1',
      latency: 500,
      timeToFirstToken: 200,
      inputTokens: 12,
      outputTokens: 2,
      stopReason: 'end_turn',
    },
  ])
})

test('an answer that fails or is given up has what had come', () => {
  const recorder = fakeRecorder()
  const failed = startAiTurn(recorder)
  failed.text('half an')
  failed.fail(Object.assign(new Error('overloaded'), { status: 529, type: 'overloaded_error' }))
  const given = startAiTurn(recorder)
  given.abort()
  expect(recorder.turns).toMatchObject([
    { content: 'half an', error: { type: 'overloaded_error', message: 'overloaded', status: 529 } },
    { content: '', error: { type: 'aborted' } },
  ])
  expect(recorder.turns[1]).not.toHaveProperty('timeToFirstToken')
})

test('a page that is left has what had come', () => {
  const recorder = fakeRecorder()
  const turn = startAiTurn(recorder)
  turn.text('half an')
  page.dispatchEvent(new Event('pagehide'))
  turn.end()
  expect(recorder.turns).toMatchObject([{ content: 'half an', error: { type: 'aborted' } }])
  page.dispatchEvent(new Event('pagehide'))
  expect(recorder.turns).toHaveLength(1)
})

test('a stream is passed on as it is, and its end is the turn’s', async () => {
  const recorder = fakeRecorder()
  const pieces = ['be', 'cau', 'se']
  expect(await collected(startAiTurn(recorder).through(from(pieces)))).toEqual(pieces)
  const items = [{ delta: { text: 'a' } }, { usage: 3 }, { delta: { text: 'b' } }]
  const textOf = (item: object) => (item as { delta?: { text: string } }).delta?.text
  expect(await collected(startAiTurn(recorder).through(from(items), textOf))).toEqual(items)
  expect(recorder.turns.map(({ content, error }) => [content, error])).toEqual([
    ['because', undefined],
    ['ab', undefined],
  ])
})

test('a stream that breaks, and one that is not waited for', async () => {
  const recorder = fakeRecorder()
  const broken = new TypeError('network')
  await expect(collected(startAiTurn(recorder).through(from(['a'], broken)))).rejects.toBe(broken)
  for await (const piece of startAiTurn(recorder).through(from(['b', 'c']))) {
    expect(piece).toBe('b')
    break
  }
  expect(recorder.turns).toMatchObject([
    { content: 'a', error: { type: 'unreachable', message: 'network' } },
    { content: 'b', error: { type: 'aborted' } },
  ])
})

const answer: ChatAnswer = {
  content: 'be\ncause',
  model: 'm',
  stopReason: 'end_turn',
  inputTokens: 1,
  outputTokens: 2,
  latencyMs: 3,
}
const sent = (event: string, data: object) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`

/** An answer of the chat route in pieces of so many bytes. */
function response(text: string, pieceBytes: number): Response {
  const bytes = new TextEncoder().encode(text)
  let at = 0
  const body = new ReadableStream({
    pull: (controller) => {
      if (at >= bytes.length) return controller.close()
      controller.enqueue(bytes.subarray(at, at + pieceBytes))
      at += pieceBytes
    },
  })
  return new Response(body)
}

test.each([1, 7, 10_000])('the chat route’s own stream, in pieces of %i bytes', async (pieceBytes) => {
  const text = `: \n\n${sent('text', { text: 'bé\n' })}: \n\n${sent('text', { text: 'cau😀' })}${sent('done', answer)}`
  const chat = readChat(response(text, pieceBytes))
  expect((await chat.next()).value).toBe('bé\n')
  expect((await chat.next()).value).toBe('cau😀')
  expect(await chat.next()).toEqual({ done: true, value: answer })
})

test('the chat route’s refusals and failures are errors with its codes', async () => {
  const refused = new Response(JSON.stringify({ error: { code: 'CHAT_BUSY', message: 'One at a time.' } }), {
    status: 409,
  })
  await expect(collected(readChat(refused))).rejects.toMatchObject({
    name: 'RecorderError',
    code: 'CHAT_BUSY',
    message: 'One at a time.',
  })
  const failed =
    sent('text', { text: 'a' }) + sent('error', { error: { code: 'CHAT_FAILED', message: 'No.' } })
  await expect(collected(readChat(response(failed, 5)))).rejects.toMatchObject({ message: 'No.' })
  const cut = sent('text', { text: 'a' })
  await expect(collected(readChat(response(cut, 5)))).rejects.toThrow(RecorderError)
  await expect(collected(readChat(new Response('<html>', { status: 502 })))).rejects.toMatchObject({
    code: 'CHAT_FAILED',
  })
})

test('what the chat route has recorded is not recorded again', async () => {
  const recorder = fakeRecorder()
  const chat = readChat(response(sent('text', { text: 'a' }) + sent('done', answer), 9))
  expect(await collected(startAiTurn(recorder).through(chat))).toEqual(['a'])
  page.dispatchEvent(new Event('pagehide'))
  expect(recorder.turns).toEqual([])
})
