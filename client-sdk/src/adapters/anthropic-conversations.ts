import { identityOf, textOf } from './anthropic-content.js'

export interface Question {
  system?: unknown
  messages: readonly { role: string; content: unknown }[]
}

/** What of a question is new, and its name among the conversations. */
export interface News {
  system: string | null
  messages: { role: string; content: unknown }[]
  /** Of the conversation up to its last message of the asker. */
  key: string
}

/** Conversations remembered; the oldest go first [I8]. */
const MAX_REMEMBERED = 2000

/**
 * What has been recorded of the conversations that a client leads. Each request carries its whole conversation, so
 * only what stands behind the model's last answer is new: that holds without any memory, in a process that was
 * started for this one request too. The memory is for asking again: a question that got no answer, or whose answer
 * is to be continued, is recorded once.
 */
export class Conversations {
  readonly #asked = new Map<string, 'unanswered' | 'answered'>()
  #system: string | null = null

  ask({ system, messages }: Question): News {
    // What follows the last question is a beginning of the answer, put into the model's mouth.
    const end = lastWhere(messages, messages.length, (message) => message.role !== 'assistant') + 1
    const isContinued = end < messages.length
    const start = lastWhere(messages, end, (message) => message.role === 'assistant') + 1
    const fresh: News['messages'] = []
    let key = ''
    for (const [i, message] of messages.slice(0, end).entries()) {
      key = hash(`${key} ${identityOf(message.role, message.content)}`)
      if (i < start) continue
      const before = this.#asked.get(key)
      // Asked again after an answer, it is another question with the same words.
      const isKnown = before === 'unanswered' || (before === 'answered' && isContinued)
      if (!isKnown) fresh.push(message)
      this.#remember(key, before ?? 'unanswered')
    }
    return { system: this.#newSystem(system, start === 0), messages: fresh, key }
  }

  answered(key: string): void {
    this.#remember(key, 'answered')
  }

  failed(key: string): void {
    this.#remember(key, 'unanswered')
  }

  /** A conversation that goes on has had its system prompt recorded, by whoever began it. */
  #newSystem(system: unknown, isBeginning: boolean): string | null {
    const text = textOf(system)
    const before = this.#system
    this.#system = text
    if (text === '' || text === before) return null
    return isBeginning || before !== null ? text : null
  }

  #remember(key: string, state: 'unanswered' | 'answered'): void {
    this.#asked.delete(key)
    this.#asked.set(key, state)
    const [oldest] = this.#asked.keys()
    if (this.#asked.size > MAX_REMEMBERED && oldest !== undefined) this.#asked.delete(oldest)
  }
}

/** The place of the last message before `end` of which it is true, or -1. */
function lastWhere(
  messages: Question['messages'],
  end: number,
  is: (m: { role: string }) => boolean,
): number {
  let i = end - 1
  while (i >= 0 && !is(messages[i] as { role: string })) i--
  return i
}

/** 64 bits that tell texts apart; nobody's safety rests on them. */
function hash(text: string): string {
  let [a, b] = [0xdeadbeef, 0x41c6ce57]
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    a = Math.imul(a ^ unit, 2654435761)
    b = Math.imul(b ^ unit, 1597334677)
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  return `${(a >>> 0).toString(16)}.${(b >>> 0).toString(16)}`
}
