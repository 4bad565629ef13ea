import { Store } from '../store.js'
import { piecesOf, SCRIPTED_MODEL, scriptedAnswer } from './scripted-helper.js'

export interface ChatTurn {
  id: number
  role: 'user' | 'assistant'
  text: string
  state: 'streaming' | 'whole' | 'failed'
  /** Why there is no whole answer. */
  problem: string | null
}

export interface AssistantView {
  turns: readonly ChatTurn[]
  /** Who answers: a model of the service, a script, or not known before the first question. */
  kind: 'model' | 'script' | 'unknown'
  isAnswering: boolean
}

export interface AssistantOptions {
  /** Whether the service has a model; null where that is not known. */
  chat: boolean | null
  askModel(question: string, signal: AbortSignal): AsyncIterable<string>
  /** Records a scripted answer while it comes. */
  recordAnswer(question: string, model: string, answer: AsyncIterable<string>): AsyncIterable<string>
  pieceMs?: number
}

const PIECE_MS = 24

/** The conversation beside the editor: with the service's model where it has one, else with a script. */
export class Assistant {
  readonly view: Store<AssistantView>
  #lastId = 0
  #underWay: AbortController | null = null

  constructor(private readonly options: AssistantOptions) {
    const { chat } = options
    const kind = chat === null ? 'unknown' : chat ? 'model' : 'script'
    this.view = new Store<AssistantView>({ turns: [], kind, isAnswering: false })
  }

  async ask(question: string): Promise<void> {
    if (this.view.get().isAnswering) return
    const underWay = new AbortController()
    this.#underWay = underWay
    this.#add({ role: 'user', text: question, state: 'whole' })
    const id = this.#add({ role: 'assistant', text: '', state: 'streaming' })
    this.view.update((view) => ({ ...view, isAnswering: true }))
    try {
      if (this.view.get().kind !== 'script' && (await this.#askModel(question, id, underWay.signal))) return
      await this.#askScript(question, id, underWay.signal)
    } catch (error) {
      const problem = underWay.signal.aborted ? 'Stopped.' : problemOf(error)
      this.#change(id, (turn) => ({ ...turn, state: 'failed', problem }))
    } finally {
      this.view.update((view) => ({ ...view, isAnswering: false }))
    }
  }

  stop(): void {
    this.#underWay?.abort()
  }

  /** Answers false where there is no model to ask. */
  async #askModel(question: string, id: number, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#show(id, this.options.askModel(question, signal))
    } catch (error) {
      if (codeOf(error) !== 'CHAT_OFF') throw error
      this.view.update((view) => ({ ...view, kind: 'script' }))
      return false
    }
    this.view.update((view) => ({ ...view, kind: 'model' }))
    return true
  }

  async #askScript(question: string, id: number, signal: AbortSignal): Promise<void> {
    const answer = spoken(scriptedAnswer(question), this.options.pieceMs ?? PIECE_MS, signal)
    await this.#show(id, this.options.recordAnswer(question, SCRIPTED_MODEL, answer))
  }

  async #show(id: number, answer: AsyncIterable<string>): Promise<void> {
    for await (const piece of answer) this.#change(id, (turn) => ({ ...turn, text: turn.text + piece }))
    this.#change(id, (turn) => ({ ...turn, state: 'whole' }))
  }

  #add(turn: Omit<ChatTurn, 'id' | 'problem'>): number {
    const id = ++this.#lastId
    this.view.update((view) => ({ ...view, turns: [...view.turns, { ...turn, id, problem: null }] }))
    return id
  }

  #change(id: number, change: (turn: ChatTurn) => ChatTurn): void {
    this.view.update((view) => ({
      ...view,
      turns: view.turns.map((turn) => (turn.id === id ? change(turn) : turn)),
    }))
  }
}

const codeOf = (error: unknown): string | undefined => (error as { code?: string } | null)?.code

function problemOf(error: unknown): string {
  switch (codeOf(error)) {
    case 'CHAT_BUSY':
      return 'Another question is still being answered. Ask again in a moment.'
    case 'CHAT_LIMIT':
      return 'This interview has had all the answers it may have.'
    case 'CHAT_FAILED':
      return 'The model gave no whole answer. Ask again.'
    case 'SESSION_CLOSED':
      return 'The interview is over.'
    default:
      return 'The service could not be reached. Ask again when the connection is back.'
  }
}

/** A text word by word, as a model would send it. */
async function* spoken(text: string, pieceMs: number, signal: AbortSignal): AsyncGenerator<string> {
  for (const piece of piecesOf(text)) {
    await new Promise((resolve) => setTimeout(resolve, pieceMs))
    signal.throwIfAborted()
    yield piece
  }
}
