import Anthropic, { APIPromise, APIUserAbortError, InternalServerError } from '@anthropic-ai/sdk'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type AiTurn, recordAnthropic } from '../../client-sdk/src/adapters/anthropic.js'
import { type MessagesApi, startMessagesApi } from '../support/messages-api.js'
import { waitFor } from '../support/wait-for.js'

let api: MessagesApi
let turns: AiTurn[]
let errors: unknown[]
let plain: Anthropic
let claude: Anthropic
beforeAll(async () => {
  api = await startMessagesApi()
})
afterAll(async () => {
  await api[Symbol.asyncDispose]()
})
beforeEach(() => {
  turns = []
  errors = []
  api.requests.length = 0
  plain = new Anthropic({ apiKey: 'key', baseURL: api.url, maxRetries: 1, logLevel: 'off' })
  claude = recordAnthropic(plain, {
    record: (turn) => void turns.push(turn),
    onError: (error) => errors.push(error),
  })
})

const ask = (...messages: Anthropic.MessageParam[]) => ({
  model: 'claude-sonnet-5-5',
  max_tokens: 100,
  messages,
})
const user = (content: Anthropic.MessageParam['content']) => ({ role: 'user', content }) as const
const assistant = (content: Anthropic.MessageParam['content']) => ({ role: 'assistant', content }) as const
const said = () => turns.map(({ role, content }) => [role, content])
const lastTurn = () => turns.at(-1) as AiTurn

describe('an answer that comes whole', () => {
  test('both sides are recorded with model, tokens, latency, stop reason and request id', async () => {
    api.next({
      text: 'Use a map.',
      usage: { cache_read_input_tokens: 3, cache_creation_input_tokens: 4 },
    })
    const message = await claude.messages.create({ ...ask(user('How?')), system: 'Be short.' })
    expect(message.content).toEqual([{ type: 'text', text: 'Use a map.' }])
    expect(message._request_id).toBe('req_1')
    expect(turns).toEqual([
      { role: 'system', content: 'Be short.' },
      { role: 'user', content: 'How?' },
      {
        role: 'assistant',
        content: 'Use a map.',
        model: 'claude-sonnet-5-5',
        inputTokens: 25,
        outputTokens: 7,
        cacheReadTokens: 3,
        cacheCreationTokens: 4,
        latency: expect.any(Number),
        stopReason: 'end_turn',
        requestId: 'req_1',
      },
    ])
  })

  test('the promise is the SDK’s, with all that it offers', async () => {
    const promise = claude.messages.create(ask(user('a')))
    expect(promise).toBeInstanceOf(APIPromise)
    const { data, response, request_id } = await promise.withResponse()
    expect([data.role, response.status, request_id]).toEqual(['assistant', 200, 'req_1'])
    expect(await promise).toBe(data)
    expect(claude).toBeInstanceOf(Anthropic)
    expect(said()).toEqual([
      ['user', 'a'],
      ['assistant', 'You said: a'],
    ])
  })

  test('who takes the raw response is recorded too, and reads its body alone', async () => {
    const response = await claude.messages.create(ask(user('raw'))).asResponse()
    expect(((await response.json()) as Anthropic.Message).content[0]).toMatchObject({ text: 'You said: raw' })
    await waitFor('the copy to be read', () => turns.length === 2)
    const streamed = await claude.messages.create({ ...ask(user('sse 😀')), stream: true }).asResponse()
    expect(await streamed.text()).toContain('message_stop')
    await waitFor('the copy to be read', () => turns.length === 4)
    expect(lastTurn()).toMatchObject({ content: 'You said: sse 😀', stopReason: 'end_turn' })
  })

  test('a look at the headers first changes nothing', async () => {
    const said = 'long enough to come in many pieces '.repeat(20_000)
    api.next({ text: said, pieces: 500 })
    const promise = claude.messages.create({ ...ask(user('b')), stream: true })
    expect((await promise.asResponse()).headers.get('request-id')).toBe('req_1')
    let text = ''
    for await (const event of await promise)
      if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') text += event.delta.text
    expect(text === said).toBe(true)
    await waitFor('the turn', () => turns.length === 2)
    expect(lastTurn().content === said).toBe(true)
  })

  test('the client it was made from records nothing, copies of the copy do', async () => {
    await plain.messages.create(ask(user('unheard')))
    expect(turns).toEqual([])
    const copy = claude.withOptions({ maxRetries: 0 }).withOptions({ defaultHeaders: { 'x-who': 'me' } })
    expect([copy.maxRetries, copy.apiKey]).toEqual([0, 'key'])
    await copy.messages.create(ask(user('heard')))
    expect(api.requests[1]?.headers['x-who']).toBe('me')
    await claude.beta.messages.create({ ...ask(user('beta')), betas: ['some-beta'] })
    expect(said().map(([, content]) => content)).toEqual([
      'heard',
      'You said: heard',
      'beta',
      'You said: beta',
    ])
  })
})

describe('a conversation carries its history along', () => {
  test('only what is new is recorded, in whichever form the history comes back', async () => {
    const first = user('One?')
    const one = await claude.messages.create({ ...ask(first), system: 'S' })
    const cached = user([{ type: 'text', text: 'One?', cache_control: { type: 'ephemeral' } }])
    const history = [cached, { role: 'assistant', content: one.content } as const]
    await claude.messages.create({ ...ask(...history, user('Two?')), system: [{ type: 'text', text: 'S' }] })
    await claude.messages.create({ ...ask(...history, user('Three?')), system: 'Another' })
    expect(said().filter(([role]) => role !== 'assistant')).toEqual([
      ['system', 'S'],
      ['user', 'One?'],
      ['user', 'Two?'],
      ['system', 'Another'],
      ['user', 'Three?'],
    ])
  })

  test('a client made for one request alone knows it too', async () => {
    await claude.messages.create({
      ...ask(user('One?'), assistant('1'), user('Two?'), user('And three?')),
      system: 'S',
    })
    expect(said()).toEqual([
      ['user', 'Two?'],
      ['user', 'And three?'],
      ['assistant', 'You said: And three?'],
    ])
  })

  test('a window over the conversation does not make its turns new', async () => {
    await claude.messages.create(ask(user('1'), assistant('a'), user('2')))
    await claude.messages.create(ask(user('2'), assistant('b'), user('3')))
    expect(said().filter(([role]) => role === 'user')).toEqual([
      ['user', '2'],
      ['user', '3'],
    ])
  })

  test('asked again after an error it is the same question, after an answer another one', async () => {
    const again = recordAnthropic(plain.withOptions({ maxRetries: 0 }), {
      record: (turn) => void turns.push(turn),
      onError: (error) => errors.push(error),
    })
    api.next({ status: 529, type: 'overloaded_error' })
    await expect(again.messages.create(ask(user('hi')))).rejects.toThrow()
    // However it is written: as one block, and cached now.
    const cached = user([{ type: 'text', text: 'hi', cache_control: { type: 'ephemeral' } }])
    await again.messages.create(ask(cached))
    await again.messages.create(ask(user('hi')))
    expect(turns.map(({ role, error }) => [role, error?.type])).toEqual([
      ['user', undefined],
      ['assistant', 'overloaded_error'],
      ['assistant', undefined],
      ['user', undefined],
      ['assistant', undefined],
    ])
  })

  test('an answer that is to be continued brings no question again', async () => {
    api.next({ blocks: [{ type: 'text', text: 'wait' }], stopReason: 'pause_turn' })
    await claude.messages.create(ask(user('long')))
    await claude.messages.create(ask(user('long'), assistant('wait')))
    await claude.messages.create(ask(user('begin'), assistant('{')))
    expect(said().map(([, content]) => content)).toEqual([
      'long',
      'wait',
      'You said: wait',
      'begin',
      'You said: {',
    ])
  })
})

describe('tools', () => {
  const toolUse = { type: 'tool_use', id: 'tu_1', name: 'run_tests', input: { file: 'a.ts', n: [1, 2] } }

  test.each([false, true])('are read in the content and kept as blocks, stream: %s', async (isStreamed) => {
    api.next(
      { blocks: [{ type: 'text', text: 'Let me see.' }, toolUse], stopReason: 'tool_use' },
      { text: 'All pass.' },
    )
    const message = isStreamed
      ? await claude.messages.stream(ask(user('Test it'))).finalMessage()
      : await claude.messages.create(ask(user('Test it')))
    expect(message.content[1]).toMatchObject(toolUse)
    const result: Anthropic.ToolResultBlockParam = {
      type: 'tool_result',
      tool_use_id: 'tu_1',
      content: [{ type: 'text', text: '3 passed' }],
    }
    await claude.messages.create(ask(user('Test it'), assistant(message.content), user([result])))
    expect(turns[1]).toMatchObject({
      content: 'Let me see.\n[tool_use: run_tests {"file":"a.ts","n":[1,2]}]',
      stopReason: 'tool_use',
      blocks: [{ type: 'text', text: 'Let me see.' }, toolUse],
    })
    // Nobody asked it: it is in no count of what the candidate asked.
    expect(turns[2]).toEqual({ role: 'system', content: '[tool_result: 3 passed]', blocks: [result] })
    expect(lastTurn().content).toBe('All pass.')
  })

  test('what is not text does not blow a turn up', async () => {
    const data = 'A'.repeat(500_000)
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data } } as const
    await claude.messages.create(ask(user([{ type: 'text', text: 'See' }, image])))
    expect(turns[0]?.content).toBe('See\n[image]')
    expect(JSON.stringify(turns[0]).length).toBeLessThan(10_000)
    const body = api.requests[0]?.body.messages[0]?.content as [unknown, typeof image]
    expect(body[1].source.data).toHaveLength(500_000)
  })
})

describe('streams', () => {
  test('by events: the same events, and a turn with the time to the first piece', async () => {
    const events: string[] = []
    for await (const event of await claude.messages.create({ ...ask(user('😀 é \u0000')), stream: true }))
      events.push(event.type)
    const expected: string[] = []
    for await (const event of await plain.messages.create({ ...ask(user('😀 é \u0000')), stream: true }))
      expected.push(event.type)
    expect(events).toEqual(expected)
    expect(lastTurn()).toMatchObject({
      content: 'You said: 😀 é \u0000',
      inputTokens: 25,
      outputTokens: 7,
      stopReason: 'end_turn',
      requestId: 'req_1',
      timeToFirstToken: expect.any(Number),
    })
    expect(lastTurn().error).toBeUndefined()
  })

  test('the helper with its events, tee and toReadableStream', async () => {
    const stream = claude.messages.stream(ask(user('helper')))
    const texts: string[] = []
    stream.on('text', (text) => texts.push(text))
    expect((await stream.finalMessage()).content[0]).toMatchObject({ text: 'You said: helper' })
    expect(texts.join('')).toBe('You said: helper')
    const [left, right] = (await claude.messages.create({ ...ask(user('two')), stream: true })).tee()
    const read = async (s: AsyncIterable<unknown>) => {
      let n = 0
      for await (const _ of s) n++
      return n
    }
    expect(await read(left)).toBe(await read(right))
    const web = (await claude.messages.create({ ...ask(user('web')), stream: true })).toReadableStream()
    expect(await new Response(web).text()).toContain('message_stop')
    expect(said().filter(([role]) => role === 'assistant')).toEqual([
      ['assistant', 'You said: helper'],
      ['assistant', 'You said: two'],
      ['assistant', 'You said: web'],
    ])
  })

  test('an answer of more than an event may hold is recorded whole', async () => {
    const text = 'ä\n"x" '.repeat(250_000)
    api.next({ text, pieces: 40 })
    await claude.messages.stream(ask(user('much'))).finalText()
    expect(lastTurn().content === text).toBe(true)
  })

  test('a stream can be read once, as without a recording', async () => {
    const stream = await claude.messages.create({ ...ask(user('once')), stream: true })
    let isTried = false
    for await (const _ of stream) {
      if (!isTried) await expect(stream[Symbol.asyncIterator]().next()).rejects.toThrow('consumed')
      isTried = true
    }
    expect(turns).toHaveLength(2)
    expect(lastTurn()).toMatchObject({ content: 'You said: once', stopReason: 'end_turn' })
    expect(lastTurn().error).toBeUndefined()
  })
})

describe('what goes wrong is recorded with what had come, and reaches the caller unchanged', () => {
  test('an error of the API, after the SDK’s own tries', async () => {
    api.next(
      { status: 429, type: 'rate_limit_error', headers: { 'retry-after-ms': '1' } },
      { status: 529, type: 'overloaded_error' },
    )
    const error = await claude.messages.create(ask(user('x'))).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(InternalServerError)
    expect(api.requests).toHaveLength(2)
    expect(turns).toMatchObject([
      { role: 'user' },
      {
        role: 'assistant',
        content: '',
        model: 'claude-sonnet-5-5',
        requestId: 'req_2',
        error: { type: 'overloaded_error', status: 529 },
      },
    ])
    expect(lastTurn()).not.toHaveProperty('inputTokens')
  })

  test('a try that is followed by a better one leaves no trace but its time', async () => {
    api.next({ status: 429, type: 'rate_limit_error', headers: { 'retry-after-ms': '1' } })
    await claude.messages.create(ask(user('x')))
    expect(said()).toEqual([
      ['user', 'x'],
      ['assistant', 'You said: x'],
    ])
  })

  test('a refused request', async () => {
    api.next({ status: 400, type: 'invalid_request_error', message: 'max_tokens: too many' })
    const refused = claude.messages.create(ask(user('x')))
    await expect(refused).rejects.toThrow('too many')
    expect(lastTurn().error).toMatchObject({ type: 'invalid_request_error', status: 400 })
  })

  test.each([
    ['cut', 'unreachable'],
    ['overloaded', 'overloaded_error'],
  ] as const)('a stream that is %s in the middle', async (ends, type) => {
    api.next({ text: 'half of it', ends })
    const read = async () => {
      for await (const _ of await claude.messages.create({ ...ask(user('x')), stream: true }));
    }
    await expect(read()).rejects.toThrow()
    expect(lastTurn()).toMatchObject({ role: 'assistant', content: 'half of it', error: { type } })
  })

  test('a stream that ends too early without an error', async () => {
    api.next({ text: 'half', ends: 'early' })
    for await (const _ of await claude.messages.create({ ...ask(user('x')), stream: true }));
    expect(lastTurn()).toMatchObject({ content: 'half', error: { type: 'broken' } })
  })

  test('a caller who goes: break, the stream’s controller, the helper’s abort', async () => {
    for (let n = 0; n < 3; n++) api.next({ text: 'and so on', ends: 'never' })
    const broken = await claude.messages.create({ ...ask(user('1')), stream: true })
    for await (const event of broken) if (event.type === 'content_block_delta') break
    await api.requests[0]?.aborted
    const controlled = await claude.messages.create({ ...ask(user('2')), stream: true })
    for await (const event of controlled)
      if (event.type === 'content_block_delta') controlled.controller.abort()
    await api.requests[1]?.aborted
    const helper = claude.messages.stream(ask(user('3')))
    helper.on('text', () => helper.abort())
    await expect(helper.finalMessage()).rejects.toBeInstanceOf(APIUserAbortError)
    await api.requests[2]?.aborted
    const answers = turns.filter(({ role }) => role === 'assistant')
    expect(answers.map(({ error }) => error?.type)).toEqual(['aborted', 'aborted', 'aborted'])
    for (const { content } of answers) expect('and so on'.startsWith(content) && content !== '').toBe(true)
  })

  test('a signal, before anything came', async () => {
    api.next({ text: '', ends: 'never' })
    const controller = new AbortController()
    const asked = claude.messages.create(ask(user('x')), { signal: controller.signal })
    const outcome = asked.catch((error: unknown) => error)
    await waitFor('the request', () => api.requests.length === 1)
    controller.abort()
    expect(await outcome).toBeInstanceOf(APIUserAbortError)
    expect(lastTurn()).toMatchObject({ content: '', error: { type: 'aborted' } })
  })

  test('nobody there', async () => {
    const nowhere = recordAnthropic(
      new Anthropic({ apiKey: 'k', baseURL: 'http://127.0.0.1:1', maxRetries: 0, logLevel: 'off' }),
      { record: (turn) => void turns.push(turn), onError: (error) => errors.push(error) },
    )
    await expect(nowhere.messages.create(ask(user('x')))).rejects.toThrow('Connection error')
    expect(lastTurn().error?.type).toBe('unreachable')
  })
})

describe('recording never disturbs the chat', () => {
  test.each([
    [
      'throws',
      () => {
        throw new Error('full')
      },
    ],
    ['rejects', () => Promise.reject(new Error('away'))],
    ['never answers', () => new Promise(() => {})],
  ])('a recorder that %s', async (what, record) => {
    const disturbed = recordAnthropic(plain, {
      record,
      onError: (error) => {
        errors.push(error)
        throw new Error('and its handler too')
      },
    })
    const message = await disturbed.messages.create(ask(user('x')))
    expect(message.content[0]).toMatchObject({ text: 'You said: x' })
    await waitFor('the errors', () => errors.length === (what === 'never answers' ? 0 : 2))
  })

  test('it goes to a recorder of the tab, or to the backend’s client, which may be waited for', async () => {
    const events: unknown[] = []
    const inTab = recordAnthropic(plain, {
      recorder: { record: (event) => events.push(event) },
      onError: (error) => errors.push(error),
    })
    await inTab.messages.create(ask(user('x')))
    expect(events[0]).toEqual({ type: 'ai_interaction', data: { role: 'user', content: 'x' } })
    const recorded: unknown[] = []
    const underWay: Promise<void>[] = []
    const onBackend = recordAnthropic(plain, {
      service: { recordClaudeInteraction: async (id, turn) => recorded.push([id, turn.role]) },
      sessionId: 's1',
      waitUntil: (recording) => underWay.push(recording),
      onError: (error) => errors.push(error),
    })
    await onBackend.messages.create(ask(user('y')))
    await Promise.all(underWay)
    expect([recorded, errors]).toEqual([
      [
        ['s1', 'user'],
        ['s1', 'assistant'],
      ],
      [],
    ])
  })
})
