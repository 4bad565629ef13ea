import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the next request is answered with. */
export type Script =
  | { text: string; pieces?: number; usage?: Record<string, number> }
  | { blocks: Record<string, unknown>[]; stopReason?: string; usage?: Record<string, number> }
  | { status: number; type: string; message?: string; headers?: Record<string, string> }
  /** A streamed answer that stops after its first pieces: the connection is cut, or stays open, or an error comes. */
  | { text: string; ends: 'cut' | 'early' | 'never' | 'overloaded' }

export interface SeenRequest {
  path: string
  headers: IncomingMessage['headers']
  body: { model?: string; stream?: boolean; system?: unknown; messages: { role: string; content: unknown }[] }
  /** Resolves when the other side has closed the connection before the answer was whole. */
  aborted: Promise<void>
}

/** A server on loopback that speaks the Messages API, JSON and server-sent events, by script. */
export interface MessagesApi extends AsyncDisposable {
  url: string
  requests: SeenRequest[]
  /** Answers of the next requests, in order; without any left it repeats the last words of the asker. */
  next(...scripts: Script[]): void
}

export async function startMessagesApi(): Promise<MessagesApi> {
  const scripts: Script[] = []
  const requests: SeenRequest[] = []
  const server = createServer((request, response) => {
    answer(request, response, requests, scripts).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    next: (...more) => void scripts.push(...more),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const USAGE = { input_tokens: 25, output_tokens: 7 }

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  requests: SeenRequest[],
  scripts: Script[],
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = JSON.parse(Buffer.concat(chunks).toString()) as SeenRequest['body']
  const aborted = once(response, 'close').then(() => {
    if (response.writableFinished) throw new Error('the answer was taken whole')
  })
  aborted.catch(() => {})
  requests.push({ path: request.url ?? '', headers: request.headers, body, aborted })
  const script = scripts.shift() ?? { text: `You said: ${lastWords(body)}` }
  const requestId = `req_${requests.length}`
  if ('status' in script) {
    const { status, type, message = 'as asked' } = script
    response.writeHead(status, {
      'content-type': 'application/json',
      'request-id': requestId,
      ...script.headers,
    })
    response.end(JSON.stringify({ type: 'error', error: { type, message }, request_id: requestId }))
    return
  }
  const blocks = 'blocks' in script ? script.blocks : [{ type: 'text', text: script.text }]
  const usage = { ...USAGE, ...('usage' in script ? script.usage : {}) }
  const message = {
    id: `msg_${requests.length}`,
    type: 'message',
    role: 'assistant',
    model: body.model ?? 'none',
    content: blocks,
    stop_reason: ('stopReason' in script ? script.stopReason : undefined) ?? 'end_turn',
    stop_sequence: null,
    usage,
  }
  if (body.stream !== true) {
    if ('ends' in script) {
      if (script.ends === 'cut') response.destroy()
      return
    }
    response.writeHead(200, { 'content-type': 'application/json', 'request-id': requestId })
    response.end(JSON.stringify(message))
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'request-id': requestId })
  await stream(response, message, script)
}

async function stream(
  response: ServerResponse,
  message: { content: Record<string, unknown>[]; usage: Record<string, number>; stop_reason: string },
  script: Script,
): Promise<void> {
  const send = (type: string, data: object) =>
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`)
  const { content, usage, stop_reason, ...rest } = message
  const begun = { ...rest, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } }
  send('message_start', { message: begun })
  send('ping', {})
  for (const [index, block] of content.entries()) {
    const empty =
      'text' in block ? { ...block, text: '' } : 'input' in block ? { ...block, input: {} } : block
    send('content_block_start', { index, content_block: empty })
    for (const delta of deltasOf(block, 'pieces' in script ? script.pieces : undefined)) {
      send('content_block_delta', { index, delta })
    }
    if ('ends' in script) {
      // What was written is to arrive before what comes in its place.
      await new Promise((resolve) => response.write(': \n\n', resolve))
      if (script.ends === 'overloaded')
        send('error', { error: { type: 'overloaded_error', message: 'Overloaded' } })
      if (script.ends === 'cut') response.destroy()
      else if (script.ends !== 'never') response.end()
      return
    }
    send('content_block_stop', { index })
  }
  send('message_delta', {
    delta: { stop_reason, stop_sequence: null },
    usage: { output_tokens: usage.output_tokens },
  })
  send('message_stop', {})
  response.end()
}

function deltasOf(block: Record<string, unknown>, pieces = 3): Record<string, unknown>[] {
  if (typeof block.text === 'string')
    return cut(block.text, pieces).map((text) => ({ type: 'text_delta', text }))
  if ('input' in block)
    return cut(JSON.stringify(block.input), pieces).map((partial_json) => ({
      type: 'input_json_delta',
      partial_json,
    }))
  return []
}

/** Between any two UTF-16 units, as nobody promises to spare emojis. */
function cut(text: string, pieces: number): string[] {
  const length = Math.max(1, Math.ceil(text.length / pieces))
  return Array.from({ length: Math.ceil(text.length / length) }, (_, i) =>
    text.slice(i * length, (i + 1) * length),
  )
}

function lastWords({ messages }: SeenRequest['body']): string {
  const content = messages.at(-1)?.content
  return typeof content === 'string' ? content : JSON.stringify(content)
}
