import type { EventData } from '../../protocol/event-schemas.js'
import type { RecordedEvent } from '../../protocol/events.js'
import { type Limits, MAX_AI_TURNS } from './limits.js'
import { claimOf, type EventRef, refOf, type Tally } from './tally.js'

export interface Rated {
  event: EventRef
  quality: number
}

/** The turns of the chat with the assistant. */
export class AiTurns {
  /** What the events themselves rate; a rating of the context comes before it. */
  private rated: Rated[] = []
  private prompts: EventRef[] = []

  constructor(
    private readonly tally: Tally,
    private readonly limits: Limits,
  ) {}

  add(event: RecordedEvent, data: EventData<'ai_interaction'>): void {
    const { tally } = this
    tally.add('claudeInteractions.totalInteractions', event)
    tally.add(`claudeInteractions.interactionsByRole.${data.role}`, event)
    const [input, output] = [claimOf(data.inputTokens) ?? 0, claimOf(data.outputTokens) ?? 0]
    tally.add('claudeInteractions.inputTokens', event, input)
    tally.add('claudeInteractions.outputTokens', event, output)
    tally.add('claudeInteractions.totalTokensUsed', event, input + output)
    const latency = claimOf(data.latency)
    if (latency !== null) tally.measure('claudeInteractions.averageLatency', event, latency)
    if (typeof data.promptQuality === 'number')
      this.keep(this.rated, { event: refOf(event), quality: data.promptQuality })
    if (data.role === 'user') this.keep(this.prompts, refOf(event))
  }

  /** What each rated turn is rated: by the events, and above them by `ratings` through `throughSeq`. */
  ratings(ratings: ReadonlyMap<number, number>, throughSeq: number): Rated[] {
    const bySeq = new Map(this.rated.map((one) => [one.event.seq, one]))
    for (const [seq, quality] of ratings) {
      if (seq > throughSeq) continue
      const event = bySeq.get(seq)?.event ?? { seq, timestamp: 0, type: 'ai_interaction' }
      bySeq.set(seq, { event, quality })
    }
    return [...bySeq.values()].sort((a, b) => a.event.seq - b.event.seq)
  }

  promptsBefore(atMs: number): EventRef[] {
    return this.prompts.filter((prompt) => prompt.timestamp < atMs)
  }

  save() {
    return {
      rated: this.rated.map(({ event, quality }) => [event.seq, event.timestamp, quality] as const),
      prompts: this.prompts.map(({ seq, timestamp }) => [seq, timestamp] as const),
    }
  }

  restore(saved: ReturnType<AiTurns['save']>): void {
    const ref = (seq: number, timestamp: number): EventRef => ({ seq, timestamp, type: 'ai_interaction' })
    this.rated = saved.rated.map(([seq, atMs, quality]) => ({ event: ref(seq, atMs), quality }))
    this.prompts = saved.prompts.map(([seq, atMs]) => ref(seq, atMs))
  }

  private keep<T>(list: T[], item: T): void {
    if (list.length < MAX_AI_TURNS) list.push(item)
    else this.limits.reach('aiTurns')
  }
}
