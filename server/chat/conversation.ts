import { iterateEvents, type Stores } from '../../db/read-events.js'
import { listSources, type SourceIdentity } from '../../db/sessions.js'
import type { AiTurn } from '../../protocol/ai-turn.js'
import { joinParts, partOf } from '../../protocol/parts.js'

/** In front of the source ids of the chat's own writing. The space keeps every sender from having one of them. */
const SOURCE_PREFIX = 'chat '
/** What of earlier turns goes along with a question: some 100,000 tokens. */
const MAX_HISTORY_CHARS = 400_000

/** A question and its answer, as they are recorded: one source of the service for each. */
export interface Exchange {
  identity: Pick<SourceIdentity, 'sub' | 'sourceId'>
  question: string | null
  answer: AiTurn | null
  /** How far the source has come. */
  lastSourceSeq: number
}

export interface Conversation {
  exchanges: Exchange[]
  /** The prompt that was recorded last. */
  system: string | null
}

export const chatSource = (caller: { role: string; sub: string }, key: string): SourceIdentity => ({
  role: 'service',
  sub: caller.sub,
  sourceId: `${SOURCE_PREFIX}${caller.role} ${key}`,
})

/**
 * The conversation that the chat route has led in a session, read from the recording: nobody can put words into the
 * model's mouth that it has not said. Throws StoreError.
 */
export async function readConversation(stores: Stores, sessionId: string): Promise<Conversation> {
  const own = (await listSources(stores.db, sessionId)).filter(
    ({ role, sourceId }) => role === 'service' && sourceId.startsWith(SOURCE_PREFIX),
  )
  const conversation: Conversation = { exchanges: [], system: null }
  if (own.length === 0) return conversation
  const bySource = new Map<number, Exchange>()
  const pieces = new Map<number, unknown[]>()
  const filter = { types: ['ai_interaction'], sources: own.map(({ source }) => source) }
  for await (const page of iterateEvents(stores, sessionId, filter)) {
    for (const { source, sourceSeq, data } of page) {
      const writer = own.find((one) => one.source === source)
      if (writer === undefined) continue
      let exchange = bySource.get(source)
      if (exchange === undefined) {
        const { sub, sourceId } = writer
        exchange = { identity: { sub, sourceId }, question: null, answer: null, lastSourceSeq: 0 }
        bySource.set(source, exchange)
        conversation.exchanges.push(exchange)
      }
      exchange.lastSourceSeq = sourceSeq
      const turn = wholeTurn(pieces, source, data)
      if (turn === null) continue
      if (turn.role === 'system') conversation.system = turn.content
      else if (turn.role === 'user') exchange.question = turn.content
      else exchange.answer = turn
    }
  }
  return conversation
}

/**
 * What the model is shown of it: questions that were answered, the last ones where it is long. A question whose answer
 * broke off is left out with it, so that the turns go on taking turns.
 */
export function messagesOf({ exchanges }: Conversation): { role: 'user' | 'assistant'; content: string }[] {
  const messages: { role: 'user' | 'assistant'; content: string }[] = []
  let chars = 0
  for (const { question, answer } of exchanges.toReversed()) {
    if (question === null || answer === null || answer.error !== undefined || answer.content.trim() === '')
      continue
    chars += question.length + answer.content.length
    if (chars > MAX_HISTORY_CHARS) break
    messages.unshift({ role: 'user', content: question }, { role: 'assistant', content: answer.content })
  }
  return messages
}

/** About so many UTF-16 units are a token. */
const CHARS_PER_TOKEN = 4

/**
 * What the model was asked and has answered, in tokens. Of an answer that broke off, or was never recorded, nobody may have
 * said how much it was, and yet it was paid for: so that leaving early is not for nothing, it counts by its length then,
 * and what was asked by the length of the conversation. What the API has refused is free.
 */
export function tokensUsed({ exchanges }: Conversation): number {
  let tokens = 0
  let historyChars = 0
  for (const { question, answer } of exchanges) {
    const { inputTokens = 0, outputTokens = 0, cacheReadTokens = 0, cacheCreationTokens = 0 } = answer ?? {}
    const answerChars = answer?.content.length ?? 0
    const said = { input: inputTokens + cacheReadTokens + cacheCreationTokens, output: outputTokens }
    const askedChars = Math.min(historyChars, MAX_HISTORY_CHARS) + (question?.length ?? 0)
    const isFree = answer?.error?.status !== undefined || answer?.error?.type === 'unreachable'
    const isSaid = answer !== null && (answer.error === undefined || isFree)
    tokens += said.input > 0 || isSaid ? said.input : Math.ceil(askedChars / CHARS_PER_TOKEN)
    tokens += isSaid ? said.output : Math.max(said.output, Math.ceil(answerChars / CHARS_PER_TOKEN))
    if (answer !== null && answer.error === undefined) historyChars += (question?.length ?? 0) + answerChars
  }
  return tokens
}

/** A turn that is whole with this event, or null where more of it is to come. */
function wholeTurn(pieces: Map<number, unknown[]>, source: number, data: unknown): AiTurn | null {
  const part = partOf(data)
  if (part === null) return data as AiTurn
  const known = part.index === 0 ? [] : (pieces.get(source) ?? [])
  known.push(data)
  pieces.set(source, known)
  if (part.index < part.count - 1 || known.length !== part.count) return null
  return joinParts('ai_interaction', known) as unknown as AiTurn
}
