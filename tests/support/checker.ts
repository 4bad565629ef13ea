import { isDeepStrictEqual } from 'node:util'
import type { RecordedEvent } from '../../protocol/events.js'

/** What a source recorded, in its own order: index 0 is source seq 1. */
export interface SentEvents {
  sourceId: string
  events: readonly { type: string; data: unknown; fileId?: string | null; timestamp?: number }[]
}

export interface Findings {
  lost: string[]
  doubled: string[]
  reordered: string[]
  altered: string[]
}

/**
 * Compares what was recorded with what is kept: every event once, unaltered, in the order of its source, under
 * the session seqs 1, 2, 3… Nothing is taken on trust but the senders' own lists.
 */
export function checkRecording(
  sent: readonly SentEvents[],
  kept: readonly RecordedEvent[],
  numberOf: (sourceId: string) => number | undefined,
): Findings {
  const findings: Findings = { lost: [], doubled: [], reordered: [], altered: [] }
  kept.forEach((event, i) => {
    if (event.seq !== i + 1) findings.reordered.push(`place ${i + 1} holds seq ${event.seq}`)
  })
  for (const { sourceId, events } of sent) {
    const source = numberOf(sourceId)
    const mine = kept.filter((event) => event.source === source)
    const seen = new Map<number, number>()
    let last = 0
    let lastTimestamp = Number.NEGATIVE_INFINITY
    for (const event of mine) {
      seen.set(event.sourceSeq, (seen.get(event.sourceSeq) ?? 0) + 1)
      if (event.sourceSeq <= last) findings.reordered.push(`${sourceId} ${event.sourceSeq} after ${last}`)
      if (event.timestamp < lastTimestamp) findings.reordered.push(`${sourceId} ${event.sourceSeq} in time`)
      last = event.sourceSeq
      lastTimestamp = event.timestamp
      const original = events[event.sourceSeq - 1]
      if (original === undefined) findings.altered.push(`${sourceId} ${event.sourceSeq} was never sent`)
      else if (!sameEvent(original, event))
        findings.altered.push(`${sourceId} ${event.sourceSeq} ${event.type}`)
    }
    for (let seq = 1; seq <= events.length; seq++) {
      const times = seen.get(seq) ?? 0
      if (times === 0) findings.lost.push(`${sourceId} ${seq}`)
      if (times > 1) findings.doubled.push(`${sourceId} ${seq} ${times}×`)
    }
  }
  return findings
}

/** What a recorder was told of its source, at the most. */
export interface ToldSeqs {
  ackedSeq: number
  committedSeq: number
}

/** Lost events by what was promised of them. */
export interface LostByPromise {
  /** Called committed: the recorder has forgotten them. */
  committed: string[]
  /** Acked [I1]. */
  acked: string[]
  /** Recorded alone: what the recorder still had to bring [I2]. */
  recorded: string[]
}

/** Which of the events of a source are not there, and what its recorder had been told of them. */
export function lostByPromise(
  { sourceId, events, ackedSeq, committedSeq }: SentEvents & ToldSeqs,
  kept: readonly RecordedEvent[],
  numberOf: (sourceId: string) => number | undefined,
): LostByPromise {
  const lost: LostByPromise = { committed: [], acked: [], recorded: [] }
  const source = numberOf(sourceId)
  const there = new Set(kept.filter((event) => event.source === source).map(({ sourceSeq }) => sourceSeq))
  for (let seq = 1; seq <= events.length; seq++) {
    if (there.has(seq)) continue
    const promise = seq <= committedSeq ? 'committed' : seq <= ackedSeq ? 'acked' : 'recorded'
    lost[promise].push(`${sourceId} ${seq}`)
  }
  return lost
}

/** Two lists of one recording, as kept and as a watcher saw it: equal event by event. */
export function sameRecording(a: readonly RecordedEvent[], b: readonly RecordedEvent[]): string[] {
  const differences: string[] = []
  if (a.length !== b.length) differences.push(`${a.length} events, ${b.length} events`)
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    if (!isDeepStrictEqual(normal(a[i]), normal(b[i]))) differences.push(`place ${i + 1}`)
  }
  return differences.slice(0, 20)
}

function sameEvent(sent: SentEvents['events'][number], kept: RecordedEvent): boolean {
  return (
    sent.type === kept.type &&
    (sent.fileId ?? null) === kept.fileId &&
    (sent.timestamp === undefined || sent.timestamp === kept.timestamp) &&
    isDeepStrictEqual(normal(sent.data), normal(kept.data))
  )
}

/** As JSON shows it: keys that are undefined are not there. */
const normal = (value: unknown): unknown =>
  value === undefined ? undefined : JSON.parse(JSON.stringify(value))

export const NOTHING_FOUND: Findings = { lost: [], doubled: [], reordered: [], altered: [] }
