import type { RecordedEvent } from '../../protocol/events.js'
import { createReplayEngine } from '../engine.js'
import { EscapeParser } from '../escape-sequences.js'
import {
  maskEvent,
  needlesOf,
  type RedactionPlan,
  RedactionSearch,
  type RedactionTarget,
} from '../redaction/index.js'
import { terminalText } from '../terminal-feed.js'
import { byTime } from '../timeline.js'
import { type Draft, plain } from './recordings.js'

export const ofText = (secret: string, hashes: string[] = []): RedactionTarget => ({
  kind: 'text',
  needles: needlesOf(secret),
  hashes,
})
export const ofRange = (fromSeq: number, toSeq: number): RedactionTarget => ({
  kind: 'range',
  fromSeq,
  toSeq,
})

export function planOf(events: readonly RecordedEvent[], target: RedactionTarget): RedactionPlan {
  const ordered = [...events].sort(byTime)
  const search = new RedactionSearch(target)
  for (const event of ordered) search.find(event)
  if (search.found()) for (const event of ordered) search.settle(event)
  return search.plan()
}

/** The events after a redaction, and where it masked. */
export function redact(events: readonly RecordedEvent[], target: RedactionTarget) {
  const plan = planOf(events, target)
  const results = events.map((event) => maskEvent(plan, event))
  const masked = events.map((event, i): RecordedEvent => {
    const { data, fileId } = results[i] as (typeof results)[number]
    return { ...event, data, fileId }
  })
  return { masked, places: results.flatMap((result) => result.places) }
}

export const edit = (changes: unknown[], more: Partial<Draft> = {}): Draft => ({
  type: 'code_edit',
  fileId: 'a.ts',
  data: { changes },
  ...more,
})
export const shown = (data: string): Draft => ({ type: 'terminal_stream', data: { channel: 'o', data } })

export const datas = (events: readonly RecordedEvent[]) => events.map((event) => event.data)

export function stateAfter(events: readonly RecordedEvent[]) {
  const engine = createReplayEngine()
  engine.insert(events)
  return plain(engine.stateAt())
}

/** All that was printed, as one text with its escape sequences. */
export function printedBy(events: readonly RecordedEvent[]): string {
  const engine = createReplayEngine()
  engine.insert(events)
  return terminalText(engine.stateAt().terminal)
}

/** What a terminal shows of a text, sequences and line breaks left out. */
export function visibleOf(text: string): string {
  let visible = ''
  new EscapeParser().feed(text, {
    print: (from, to) => {
      visible += text.slice(from, to)
    },
    payload: () => {},
    control: () => {},
    csi: () => {},
  })
  return visible
}
