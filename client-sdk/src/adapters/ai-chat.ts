import { type AiTurn, turnErrorOf } from '../../../protocol/ai-turn.js'
import type { EventRecorder } from '../recorder-types.js'
import { isRecordedByService } from './ai-chat-answer.js'
import { recordQuietly } from './record-quietly.js'

export type { AiTurn, AiTurnError } from '../../../protocol/ai-turn.js'
export { type ChatAnswer, readChat } from './ai-chat-answer.js'

type Target = Pick<EventRecorder, 'record'>

/**
 * Records a whole turn of the AI chat, of the candidate or of the model.
 *
 * Not for what goes through the service's own `POST /v1/sessions/:id/chat`: that route records question and answer, and
 * a page that records them too has them twice.
 */
export function recordAiTurn(recorder: Target, turn: AiTurn): void {
  recordQuietly(recorder, { type: 'ai_interaction', data: turn })
}

/** What is known of an answer beside its text: model, tokens, why it stopped. */
export type AiTurnFacts = Partial<Omit<AiTurn, 'role' | 'content' | 'error'>>

export interface RunningAiTurn {
  /** A piece of the answer. */
  text(piece: string): void
  /** What one comes to know of it meanwhile. */
  facts(facts: AiTurnFacts): void
  end(facts?: AiTurnFacts): void
  /** Ends it with what had come until then, and the error. */
  fail(error: unknown): void
  /** Ends it with what had come until then: it was not waited for any longer. */
  abort(): void
  /**
   * The same stream, listened to: its text is collected, and its end is the turn's, whether it comes, fails, or is not
   * waited for. `textOf` says what of an item is text; texts are their own.
   */
  through<T>(stream: AsyncIterable<T>, textOf?: (item: T) => string | null | undefined): AsyncIterable<T>
}

/**
 * Begins an answer of the model: call it when the question is sent. The answer is recorded as one turn when it ends,
 * with the time until its first piece and until its end. A page that is left before records what has come.
 *
 *     const turn = startAiTurn(recorder, { model })
 *     for await (const piece of turn.through(askTheModel(question))) show(piece)
 *
 * Not for the service's own chat route; see `recordAiTurn`.
 */
export function startAiTurn(recorder: Target, known: AiTurnFacts = {}): RunningAiTurn {
  const startedMs = performance.now()
  const pieces: string[] = []
  let facts: AiTurnFacts = { ...known }
  let isOver = false
  const sinceStartMs = (): number => Math.round(performance.now() - startedMs)

  const finish = (error?: AiTurn['error'], isRecorded = true): void => {
    if (isOver) return
    isOver = true
    globalThis.removeEventListener?.('pagehide', onPageHide, true)
    if (!isRecorded) return
    const turn: AiTurn = { latency: sinceStartMs(), ...facts, role: 'assistant', content: pieces.join('') }
    recordAiTurn(recorder, error === undefined ? turn : { ...turn, error })
  }
  const onPageHide = (): void => finish(aborted('The page was left before the answer had its end.'))
  // Before the recorder's own handler, which sends the last.
  globalThis.addEventListener?.('pagehide', onPageHide, true)

  const turn: RunningAiTurn = {
    text: (piece) => {
      if (isOver || piece === '') return
      facts.timeToFirstToken ??= sinceStartMs()
      pieces.push(piece)
    },
    facts: (more) => {
      facts = { ...facts, ...more }
    },
    end: (more = {}) => {
      turn.facts(more)
      finish()
    },
    fail: (error) => finish(turnErrorOf(error)),
    abort: () => finish(aborted('The answer was not waited for.')),
    through: (stream, textOf = itself) => {
      if (!isRecordedByService(stream)) return listened(stream, textOf, turn)
      finish(undefined, false)
      return stream
    },
  }
  return turn
}

const aborted = (message: string) => ({ type: 'aborted', message })
const itself = (item: unknown) => (typeof item === 'string' ? item : null)

async function* listened<T>(
  stream: AsyncIterable<T>,
  textOf: (item: T) => string | null | undefined,
  turn: RunningAiTurn,
): AsyncGenerator<T> {
  try {
    for await (const item of stream) {
      turn.text(textOf(item) ?? '')
      yield item
    }
    turn.end()
  } catch (error) {
    turn.fail(error)
    throw error
  } finally {
    turn.abort()
  }
}
