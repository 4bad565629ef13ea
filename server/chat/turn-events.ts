import type { AiTurn } from '../../protocol/ai-turn.js'
import type { SentEvent } from '../../protocol/events.js'

/** However its units are escaped, six bytes each at most, a piece stays far below what an event may have [R7]. */
const PIECE_CHARS = 128 * 1024

/**
 * A turn of the chat as events: several where it is long.
 * @param partId of its pieces, the same whenever the turn is sent again
 */
export function turnEvents(turn: AiTurn, timestamp: number, partId: string): SentEvent[] {
  const texts = cut(turn.content)
  return texts.map((content, index) => {
    const part = texts.length === 1 ? {} : { part: { id: partId, index, count: texts.length } }
    return { type: 'ai_interaction', timestamp, data: { ...turn, content, ...part } }
  })
}

function cut(text: string): string[] {
  const texts: string[] = []
  for (let start = 0; start < text.length || texts.length === 0; ) {
    let end = Math.min(text.length, start + PIECE_CHARS)
    // Not between the halves of a pair.
    if (end < text.length && /[\ud800-\udbff]/.test(text.charAt(end - 1))) end -= 1
    texts.push(text.slice(start, end))
    start = end
  }
  return texts
}
