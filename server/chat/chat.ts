import { randomUUID } from 'node:crypto'
import type Anthropic from '@anthropic-ai/sdk'
import { type Lease, takeLease } from '../../db/lease.js'
import type { Stores } from '../../db/read-events.js'
import { getSession, type SourceIdentity } from '../../db/sessions.js'
import type { AiTurn } from '../../protocol/ai-turn.js'
import { ExplainedError, type RecorderError } from '../../protocol/errors.js'
import type { SentEvent } from '../../protocol/events.js'
import type { ChatView } from '../../protocol/http/index.js'
import { type Claims, sessionNotFound } from '../auth/tokens.js'
import { eventError } from '../errors.js'
import { closed } from '../ingest/admission.js'
import { type IngestContext, ingestOnce } from '../ingest/ingest.js'
import { chatSource, messagesOf, readConversation, tokensUsed } from './conversation.js'
import { askModel, type ModelSettings } from './model.js'
import { turnEvents } from './turn-events.js'

export interface ChatOptions {
  /** Null: the chat is off. */
  client: Anthropic | null
  settings: ModelSettings & { maxTurns: number; maxSessionTokens: number }
  ingest: IngestContext
  stores: Stores
}

/** A question that is recorded and waits for its answer. */
export interface OpenTurn {
  /** Runs once. Rejects with CHAT_FAILED, and with what keeps the answer from being recorded. */
  answer(onText: (text: string) => void): Promise<ChatView>
  /** Nobody waits for the answer any more; what came of it is recorded. */
  abort(): void
}

/** No answer takes longer. */
const ANSWER_TIMEOUT_MS = 5 * 60_000
/** The answer has been paid for and shown; a store that is away for a moment must not lose it. */
const RECORD_ATTEMPTS = 20
const RECORD_AGAIN_AFTER_MS = 500

/** The chat of candidates with a model, led and recorded by the service. */
export class Chat {
  private readonly underWay = new Map<AbortController, Promise<unknown>>()

  constructor(private readonly options: ChatOptions) {}

  get isOn(): boolean {
    return this.options.client !== null
  }

  /**
   * Records a question, once for each key of a caller, and opens its turn. Asked again under the same key, a turn that
   * was answered answers the same, and one whose server died is asked anew.
   * Throws CHAT_OFF, CHAT_BUSY, CHAT_LIMIT, SESSION_CLOSED, SESSION_NOT_FOUND, TRY_LATER.
   */
  async open(claims: Claims, sessionId: string, key: string, message: string): Promise<OpenTurn> {
    const { client, ingest } = this.options
    if (client === null) throw new ExplainedError('CHAT_OFF', 'The chat is switched off.')
    const row = await getSession(ingest.db, sessionId)
    if (row === null) throw sessionNotFound()
    if (row.status !== 'ACTIVE' || row.closeRequestedAt !== null) throw closed()
    const { buffer } = ingest
    const lease = await takeLease(buffer.redis, buffer.keys.chat(buffer.keys.shardOf(sessionId), sessionId))
    if (lease === null)
      throw new ExplainedError('CHAT_BUSY', 'Another question of this session is being answered.')
    try {
      return await this.openHeld(claims, sessionId, key, message, client, lease)
    } catch (error) {
      await lease.release()
      throw error
    }
  }

  /** Ends all answers that are under way and resolves when what came of them is recorded. */
  async stop(): Promise<void> {
    for (const controller of this.underWay.keys()) controller.abort()
    await Promise.allSettled(this.underWay.values())
  }

  private async openHeld(
    claims: Claims,
    sessionId: string,
    key: string,
    message: string,
    client: Anthropic,
    lease: Lease,
  ): Promise<OpenTurn> {
    const { settings, stores } = this.options
    const identity = chatSource(claims, key)
    const conversation = await readConversation(stores, sessionId)
    const known = conversation.exchanges.find(
      (one) => one.identity.sub === identity.sub && one.identity.sourceId === identity.sourceId,
    )
    if (known?.answer) {
      await lease.release()
      return answered(known.answer)
    }
    let lastSourceSeq = known?.lastSourceSeq ?? 0
    if (known === undefined) {
      refuseBeyond(conversation.exchanges.length, settings.maxTurns, 'questions')
      refuseBeyond(tokensUsed(conversation), settings.maxSessionTokens, 'tokens')
      const { role, sub } = claims
      const turns: AiTurn[] = [{ role: 'user', content: message, askedBy: { role, sub } }]
      if (settings.system !== '' && settings.system !== conversation.system)
        turns.unshift({ role: 'system', content: settings.system })
      const timestamp = this.options.ingest.clock()
      const events = turns.flatMap((turn) => turnEvents(turn, timestamp, randomUUID()))
      await this.append(sessionId, identity, 1, events)
      lastSourceSeq = events.length
    }
    const messages = [
      ...messagesOf(conversation),
      { role: 'user' as const, content: known?.question ?? message },
    ]
    const controller = new AbortController()
    return {
      abort: () => controller.abort(),
      answer: (onText) => {
        const answering = this.answer(client, messages, controller, onText, async (turn) => {
          await this.record(sessionId, identity, lastSourceSeq + 1, turn)
        }).finally(async () => {
          this.underWay.delete(controller)
          await lease.release()
        })
        this.underWay.set(controller, answering)
        return answering
      },
    }
  }

  private async answer(
    client: Anthropic,
    messages: ReturnType<typeof messagesOf>,
    controller: AbortController,
    onText: (text: string) => void,
    record: (turn: AiTurn) => Promise<void>,
  ): Promise<ChatView> {
    const timer = setTimeout(() => controller.abort(), ANSWER_TIMEOUT_MS)
    try {
      const { signal } = controller
      const turn = await askModel(client, this.options.settings, { messages, signal, onText })
      await record(turn)
      return viewOf(turn)
    } finally {
      clearTimeout(timer)
    }
  }

  /** Records an answer. What the close overtook belongs to before it: the question was asked then [R12]. */
  private async record(
    sessionId: string,
    identity: SourceIdentity,
    firstSeq: number,
    turn: AiTurn,
  ): Promise<void> {
    const { clock, db } = this.options.ingest
    const partId = randomUUID()
    let timestamp = clock()
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.append(sessionId, identity, firstSeq, turnEvents(turn, timestamp, partId))
      } catch (error) {
        const { code } = error as Partial<RecorderError>
        if (code === 'SESSION_CLOSED' && attempt === 1) {
          timestamp = (await getSession(db, sessionId))?.closeRequestedAt?.getTime() ?? timestamp
        } else if (code === 'TRY_LATER' && attempt < RECORD_ATTEMPTS) {
          await new Promise((resolve) => setTimeout(resolve, RECORD_AGAIN_AFTER_MS))
        } else throw error
      }
    }
  }

  private async append(
    sessionId: string,
    identity: SourceIdentity,
    firstSeq: number,
    events: readonly SentEvent[],
  ): Promise<void> {
    // One by one: together they may be more than a batch can be.
    for (const [i, event] of events.entries()) {
      const batch = { firstSeq: firstSeq + i, events: [event] }
      const { rejected, skipped } = await ingestOnce(this.options.ingest, sessionId, identity, batch)
      if (rejected[0] && skipped === 0) throw eventError(rejected[0])
    }
  }
}

function refuseBeyond(count: number, most: number, what: string): void {
  if (count < most) return
  throw new ExplainedError('CHAT_LIMIT', `${most} ${what} are all that a session may have.`)
}

const answered = (turn: AiTurn): OpenTurn => ({
  abort: () => {},
  answer: async (onText) => {
    onText(turn.content)
    return viewOf(turn)
  },
})

/** Throws CHAT_FAILED. What the API said stays in the recording: it may speak of keys and limits. */
function viewOf(turn: AiTurn): ChatView {
  if (turn.error !== undefined)
    throw new ExplainedError('CHAT_FAILED', `The model gave no whole answer (${turn.error.type}).`)
  return {
    content: turn.content,
    model: turn.model ?? null,
    stopReason: turn.stopReason ?? null,
    inputTokens: turn.inputTokens ?? null,
    outputTokens: turn.outputTokens ?? null,
    latencyMs: turn.latency ?? null,
  }
}
