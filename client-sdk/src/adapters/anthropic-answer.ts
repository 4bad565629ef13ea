import { type AiTurn, type ApiUsage, tokensOf, turnErrorOf } from '../../../protocol/ai-turn.js'
import { keptBlocks, textOf } from './anthropic-content.js'

/** An event of a streamed answer, or anything else that came in its place. */
export type StreamEvent = { type?: unknown } & Record<string, unknown>

type Block = Record<string, unknown>

/**
 * One answer of the model while it comes. It ends once, whatever else is heard of it later, and is then a turn of the
 * chat.
 */
export class Answer {
  readonly #onEnd: (turn: AiTurn) => void
  readonly #nowMs: () => number
  readonly #startedMs: number
  #isOver = false
  #firstPieceMs: number | null = null
  #model: string
  #requestId: string | null = null
  #stopReason: string | null = null
  #usage: ApiUsage = {}
  readonly #blocks: Block[] = []
  /** Input of tools comes as pieces of JSON, by the block's place. */
  readonly #inputs = new Map<number, string>()

  constructor(model: string, nowMs: () => number, onEnd: (turn: AiTurn) => void) {
    this.#model = model
    this.#nowMs = nowMs
    this.#startedMs = nowMs()
    this.#onEnd = onEnd
  }

  /** The id that the API gave to the request. */
  hasRequestId(id: string | null | undefined): void {
    if (id) this.#requestId = id
  }

  /** A whole message, not streamed. What is no message of the API is an answer that failed; nothing is thrown. */
  message(message: unknown): void {
    const { model, content, stop_reason, usage } = (message ?? {}) as Record<string, unknown>
    if (!Array.isArray(content)) {
      this.#end({ type: 'broken', message: 'The answer is no message.' })
      return
    }
    if (typeof model === 'string') this.#model = model
    this.#blocks.push(...(content as Block[]))
    this.#stopReason = typeof stop_reason === 'string' ? stop_reason : null
    this.#usage = (usage ?? {}) as ApiUsage
    this.#end()
  }

  /** What is no event of the API is passed over: the chat goes on whatever is heard of it. */
  event(event: StreamEvent): void {
    if (this.#isOver) return
    try {
      this.#hear(event)
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
    }
  }

  #hear(event: StreamEvent): void {
    switch (event.type) {
      case 'message_start': {
        const { model, usage } = event.message as { model?: unknown; usage?: ApiUsage }
        if (typeof model === 'string') this.#model = model
        this.#usage = { ...usage }
        return
      }
      case 'content_block_start':
        // A copy: the SDK goes on writing into what it is given.
        this.#blocks[event.index as number] = { ...(event.content_block as Block) }
        return
      case 'content_block_delta':
        this.#firstPieceMs ??= this.#nowMs()
        this.#delta(event.index as number, event.delta as Block)
        return
      case 'content_block_stop':
        this.#closeInput(event.index as number)
        return
      case 'message_delta': {
        const { stop_reason } = event.delta as { stop_reason?: unknown }
        if (typeof stop_reason === 'string') this.#stopReason = stop_reason
        const known = Object.entries((event.usage ?? {}) as object).filter(([, count]) => count != null)
        this.#usage = { ...this.#usage, ...Object.fromEntries(known) }
        return
      }
      case 'message_stop':
        this.#end()
    }
  }

  failed(error: unknown): void {
    this.#end(turnErrorOf(error))
  }

  /** Nothing more will come, and the end was not seen. */
  cutOff(isAborted: boolean): void {
    this.#end(
      isAborted
        ? { type: 'aborted', message: 'The answer was not waited for.' }
        : { type: 'broken', message: 'The answer ended before its end.' },
    )
  }

  #delta(index: number, delta: Block): void {
    const block = this.#blocks[index]
    if (block === undefined) return
    for (const field of ['text', 'thinking', 'signature'] as const) {
      if (typeof delta[field] === 'string') block[field] = `${block[field] ?? ''}${delta[field]}`
    }
    if (typeof delta.partial_json === 'string')
      this.#inputs.set(index, `${this.#inputs.get(index) ?? ''}${delta.partial_json}`)
    if (delta.citation !== undefined)
      block.citations = [...((block.citations as unknown[] | null) ?? []), delta.citation]
  }

  #closeInput(index: number): void {
    const json = this.#inputs.get(index)
    const block = this.#blocks[index]
    if (json === undefined || block === undefined) return
    this.#inputs.delete(index)
    try {
      block.input = JSON.parse(json)
    } catch {
      block.input = json
    }
  }

  #end(error?: AiTurn['error']): void {
    if (this.#isOver) return
    this.#isOver = true
    for (const index of [...this.#inputs.keys()]) this.#closeInput(index)
    const content = this.#blocks.filter((block) => typeof block === 'object' && block !== null)
    const blocks = keptBlocks(content)
    const nowMs = this.#nowMs()
    this.#onEnd({
      role: 'assistant',
      content: textOf(content),
      model: this.#model,
      ...tokensOf(this.#usage),
      latency: Math.round(nowMs - this.#startedMs),
      ...(this.#firstPieceMs === null
        ? {}
        : { timeToFirstToken: Math.round(this.#firstPieceMs - this.#startedMs) }),
      ...(this.#stopReason === null ? {} : { stopReason: this.#stopReason }),
      ...(this.#requestId === null ? {} : { requestId: this.#requestId }),
      ...(error === undefined ? {} : { error }),
      ...(blocks === undefined ? {} : { blocks }),
    })
  }
}
