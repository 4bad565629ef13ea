import type { Answer, StreamEvent } from './anthropic-answer.js'

/** What we rely on of the SDK's APIPromise: everything that hands out the parsed answer goes through `parse`. */
interface ObservedPromise {
  parse?: () => Promise<unknown>
  asResponse: () => Promise<Response>
}

interface ObservedStream {
  controller: AbortController
  [Symbol.asyncIterator]: () => AsyncIterator<StreamEvent>
}

/**
 * Lets `answer` hear what comes of a request, in the same promise: what the caller gets of it, and when, stays the
 * same, errors too. `onBlind` is called where the promise is not one that can be listened to.
 */
export function observe(promise: unknown, answer: Answer, onBlind: () => void): void {
  const observed = promise as ObservedPromise
  const { parse, asResponse } = observed
  if (typeof parse !== 'function' || typeof asResponse !== 'function') {
    onBlind()
    return
  }
  let parsed: Promise<unknown> | null = null
  let isBodyHeard = false
  observed.parse = () => {
    parsed ??= parse.call(observed).then(
      async (data) => {
        answer.hasRequestId((await asResponse.call(observed)).headers.get('request-id'))
        if (isBodyHeard) return data
        if (isStream(data)) listenTo(data, answer)
        else answer.message(data)
        return data
      },
      (error: unknown) => {
        answer.hasRequestId(requestIdOf(error))
        answer.failed(error)
        throw error
      },
    )
    return parsed
  }
  observed.asResponse = async () => {
    let response: Response
    try {
      response = await asResponse.call(observed)
    } catch (error) {
      answer.hasRequestId(requestIdOf(error))
      answer.failed(error)
      throw error
    }
    // Who takes the response alone reads its body alone; a copy of it is read here.
    if (parsed === null && !isBodyHeard) {
      isBodyHeard = true
      void listenToBody(response, answer)
    }
    return response
  }
}

const isStream = (data: unknown): data is ObservedStream =>
  typeof (data as ObservedStream | null)?.[Symbol.asyncIterator] === 'function'

/** The stream's own splitting and forwarding go through its iterator as well. */
function listenTo(stream: ObservedStream, answer: Answer): void {
  const iterate = stream[Symbol.asyncIterator]
  let isHeard = false
  stream[Symbol.asyncIterator] = () => {
    const events = iterate.call(stream)
    // A stream can be read once: whoever asks again gets an error that is no end of this answer.
    if (isHeard) return events
    isHeard = true
    return heard(events, stream.controller, answer)
  }
}

async function* heard(
  events: AsyncIterator<StreamEvent>,
  controller: AbortController,
  answer: Answer,
): AsyncGenerator<StreamEvent, unknown> {
  let isThrough = false
  try {
    for (;;) {
      const { value, done } = await events.next()
      if (done === true) {
        isThrough = true
        // Aborted streams end without an error, and so do those whose connection was closed in the middle.
        answer.cutOff(controller.signal.aborted)
        return value
      }
      answer.event(value)
      yield value
    }
  } catch (error) {
    isThrough = true
    answer.failed(error)
    throw error
  } finally {
    // The caller has stopped reading; the SDK's iterator then ends the request.
    if (!isThrough) {
      answer.cutOff(true)
      await events.return?.()
    }
  }
}

async function listenToBody(response: Response, answer: Answer): Promise<void> {
  let copy: Response
  try {
    copy = response.clone()
  } catch {
    // It is being read already.
    return
  }
  answer.hasRequestId(copy.headers.get('request-id'))
  try {
    if (!copy.headers.get('content-type')?.includes('text/event-stream')) {
      answer.message(await copy.json())
      return
    }
    for await (const event of eventsOf(copy)) answer.event(event)
    answer.cutOff(false)
  } catch (error) {
    answer.failed(error)
  }
}

async function* eventsOf(response: Response): AsyncGenerator<StreamEvent> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { value, done } = (await reader?.read()) ?? { value: undefined, done: true }
    if (done) return
    const lines = (rest + value).split(/\r\n|\n|\r/)
    rest = lines.pop() ?? ''
    for (const line of lines) if (line.startsWith('data:')) yield JSON.parse(line.slice('data:'.length))
  }
}

function requestIdOf(error: unknown): string | null {
  const id = (error as { requestID?: unknown } | null)?.requestID
  return typeof id === 'string' ? id : null
}
