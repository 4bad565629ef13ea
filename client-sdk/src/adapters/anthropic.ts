import type { AiTurn } from '../../../protocol/ai-turn.js'
import { Answer } from './anthropic-answer.js'
import { isFromTools, keptBlocks, textOf } from './anthropic-content.js'
import { Conversations, type Question } from './anthropic-conversations.js'
import { observe } from './anthropic-observe.js'

export type { AiTurn } from '../../../protocol/ai-turn.js'

/** Where the turns of the chat go: a recorder of the tab, the backend's client, or anything that takes them. */
export type AnthropicTarget =
  | { recorder: { record(event: { type: string; data: unknown }): unknown } }
  | { service: { recordClaudeInteraction(sessionId: string, turn: AiTurn): unknown }; sessionId: string }
  | { record(turn: AiTurn): unknown }

export type RecordAnthropicOptions = AnthropicTarget & {
  /** Hears what could not be recorded, and why; the chat goes on. */
  onError: (error: unknown) => void
  /** Is given each recording under way, for platforms that stop a function once it has answered. */
  waitUntil?: (recording: Promise<void>) => void
  /** Milliseconds of a clock that never falls. Default: performance.now. */
  nowMs?: () => number
}

/** A client of the Anthropic SDK, of whichever platform. */
interface Client {
  messages: { create: unknown }
  withOptions: unknown
}

interface Inside {
  messages: Messages
  beta?: { messages?: Messages }
  withOptions(options: object): Inside
}

interface Messages {
  create(params: Question & { model?: unknown }, ...rest: unknown[]): unknown
}

/**
 * A copy of an Anthropic SDK client that records what is asked and answered through it: new turns of the conversation,
 * a new system prompt, and each answer with its model, tokens, times, errors. It behaves as the client it was made
 * from, which stays as it was: `messages.create`, streamed or not, `messages.stream`, `messages.parse`, tool runners,
 * and the same of `beta.messages`. What tools gave back is a turn of role system: nobody asked it. What goes wrong in recording reaches `onError` and nobody else.
 *
 *     const claude = recordAnthropic(new Anthropic(), { service, sessionId, onError: (error) => log.warn(error) })
 */
export function recordAnthropic<C extends Client>(client: C, options: RecordAnthropicOptions): C {
  return recording(client as unknown as Inside, {}, new Chat(options)) as unknown as C
}

/** The SDK's own way to a second client; it shares the first one's keys and settings, and its methods are its own. */
function recording(client: Inside, options: object, chat: Chat): Inside {
  const copy = client.withOptions(options)
  // All other ways to a message end in `create` of the same object.
  for (const messages of [copy.messages, copy.beta?.messages]) {
    if (messages === undefined) continue
    const { create } = messages
    messages.create = (params, ...rest) => chat.hear(params, () => create.call(messages, params, ...rest))
  }
  copy.withOptions = (more) => recording(client, { ...options, ...more }, chat)
  return copy
}

class Chat {
  readonly #options: RecordAnthropicOptions
  readonly #conversations = new Conversations()

  constructor(options: RecordAnthropicOptions) {
    this.#options = options
  }

  /** Asks, and has both sides recorded. Throws what `ask` throws. */
  hear(question: Question & { model?: unknown }, ask: () => unknown): unknown {
    let answer: Answer | null = null
    try {
      answer = this.#asked(question)
    } catch (error) {
      this.#failed(error)
    }
    if (answer === null) return ask()
    try {
      const promise = ask()
      observe(promise, answer, () =>
        this.#failed(new Error('This version of the SDK can not be listened to.')),
      )
      return promise
    } catch (error) {
      answer.failed(error)
      throw error
    }
  }

  #asked(question: Question & { model?: unknown }): Answer {
    const news = this.#conversations.ask(question)
    const answer = new Answer(String(question.model ?? ''), this.#options.nowMs ?? now, (turn) => {
      if (turn.error === undefined) this.#conversations.answered(news.key)
      else this.#conversations.failed(news.key)
      this.#record(turn)
    })
    if (news.system !== null) this.#record({ role: 'system', content: news.system })
    for (const { role, content } of news.messages) {
      const blocks = keptBlocks(content)
      this.#record({
        role: role === 'system' || isFromTools(content) ? 'system' : 'user',
        content: textOf(content),
        ...(blocks === undefined ? {} : { blocks }),
      })
    }
    return answer
  }

  #record(turn: AiTurn): void {
    try {
      const done = this.#hand(turn)
      if (!isPromise(done)) return
      const recorded = done.then(
        () => {},
        (error: unknown) => this.#failed(error),
      )
      this.#options.waitUntil?.(recorded)
    } catch (error) {
      this.#failed(error)
    }
  }

  #hand(turn: AiTurn): unknown {
    const target = this.#options
    if ('recorder' in target) return target.recorder.record({ type: 'ai_interaction', data: turn })
    if ('service' in target) return target.service.recordClaudeInteraction(target.sessionId, turn)
    return target.record(turn)
  }

  #failed(error: unknown): void {
    try {
      this.#options.onError(error)
    } catch {
      // The chat is not to suffer from it.
    }
  }
}

const now = () => performance.now()

const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof (value as Promise<unknown> | null)?.then === 'function'
