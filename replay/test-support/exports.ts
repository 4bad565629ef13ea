import type { RecordedEvent } from '../../protocol/events.js'
import type { ExportedSession, ExportSource } from '../exports/index.js'
import { byTime } from '../timeline.js'

/** A recording in memory as encoders read it, in pages of a few events. */
export function sourceOf(events: readonly RecordedEvent[], pageEvents = 7): ExportSource {
  const ordered = [...events].sort(byTime)
  return {
    async *events(types) {
      const wanted = types ? ordered.filter((event) => types.includes(event.type)) : ordered
      for (let at = 0; at < wanted.length; at += pageEvents) yield wanted.slice(at, at + pageEvents)
    },
  }
}

export const exportedSession = (fields: Partial<ExportedSession> = {}): ExportedSession => ({
  id: '5e551011-0000-4000-8000-000000000001',
  candidateId: 'candidate-1',
  status: 'COMPLETED',
  question: { title: 'Two Sum', language: 'typescript' },
  timeLimitSec: 3600,
  startMs: 0,
  endMs: null,
  sources: [],
  ...fields,
})

export async function textOf(pieces: AsyncIterable<string> | Iterable<string>): Promise<string> {
  let text = ''
  for await (const piece of pieces) text += piece
  return text
}
