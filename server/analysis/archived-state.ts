import { inSlices, nextTurn } from '../../db/slices.js'
import { EVENTS_OBJECT } from '../../protocol/archive-format.js'
import type { RecordedEvent } from '../../protocol/events.js'
import {
  applyEvent,
  createView,
  type Fold,
  FoldDecoder,
  HELD_EVENTS,
  isBeyond,
  type KeyframeLine,
  Log,
  mayHoldBetween,
  orderedEvents,
  type ReplayPlace,
  type ReplayState,
  type TerminalChunk,
  type TimedSegment,
} from '../../replay/index.js'
import type { ArchivedRecording } from './archived-overview.js'
import { isSmall, type StateBounds } from './state-bounds.js'

/** A keyframe, and how much had been printed by then. */
interface Known {
  place: ReplayPlace
  fold: Fold
  printed: KeyframeLine['printed']
}

const BEGINNING: ReplayPlace = { atMs: Number.NEGATIVE_INFINITY, seq: 0 }

/**
 * The state at a moment from the keyframe before it and the events since, with all that was printed up to then: the same
 * as playing from zero gives. Null where it may be so large that only playing from zero tells what of it is shown.
 * Throws ArchiveError.
 */
export async function archivedStateAt(
  recording: ArchivedRecording,
  atMs: number,
  bounds: StateBounds,
): Promise<ReplayState | null> {
  const known = await keyframesUntil(recording, atMs)
  const last = known.at(-1)
  if (last !== undefined && !isSmall(last.fold, last.printed, bounds)) return null
  const output = await printedUntil(recording, known)
  if (output === null) return null
  const start = last ?? { place: BEGINNING, fold: EMPTY }
  let fold: Fold = { ...start.fold, base: null, output }
  for await (const slice of inSlices(
    eventsBetween(recording, start.place, { atMs, seq: Number.POSITIVE_INFINITY }),
  )) {
    for (const event of slice) fold = applyEvent(fold, event)
  }
  return createView()(fold, atMs)
}

const EMPTY = new FoldDecoder().decode({})

async function keyframesUntil({ reader, archived }: ArchivedRecording, atMs: number): Promise<Known[]> {
  const count = archived.keyframes.findIndex(([keyframeMs]) => keyframeMs > atMs)
  const wanted = count < 0 ? archived.keyframes.length : count
  const decoder = new FoldDecoder()
  const known: Known[] = []
  while (known.length < wanted) {
    const lines = await reader.readKeyframes(known.length + 1)
    if (lines === null) break
    for (const line of lines.slice(0, wanted - known.length)) {
      const { atMs, atSeq, printed, fold } = JSON.parse(line) as KeyframeLine
      known.push({ place: { atMs, seq: atSeq }, fold: decoder.decode(fold), printed })
    }
    await nextTurn()
  }
  return known
}

/**
 * All that was printed up to the last keyframe, from the stretches between keyframes in which anything was; keyframes
 * themselves have the screen that it made. Null where it is not as much as they say.
 */
async function printedUntil(
  recording: ArchivedRecording,
  known: readonly Known[],
): Promise<Log<TerminalChunk> | null> {
  let output = Log.empty<TerminalChunk>()
  for (const [i, { place, printed }] of known.entries()) {
    if (printed.chunks === output.length) continue
    const from = known[i - 1] ?? { place: BEGINNING, fold: EMPTY }
    let fold: Fold = { ...from.fold, output }
    for await (const slice of inSlices(eventsBetween(recording, from.place, place))) {
      for (const event of slice) fold = applyEvent(fold, event)
    }
    output = fold.output
    if (printed.chunks !== output.length) return null
  }
  return output
}

/** The events beyond one place up to and with another, in the order of replay. */
async function* eventsBetween(
  { reader }: ArchivedRecording,
  from: ReplayPlace,
  to: ReplayPlace,
): AsyncGenerator<RecordedEvent[]> {
  const segments = reader.metadata.objects[EVENTS_OBJECT].segments
    .map((segment, n): TimedSegment & { n: number } => ({ ...segment, n }))
    .filter((segment) => mayHoldBetween(segment, from, to))
  const batches = orderedEvents({
    segments,
    untilMs: to.atMs,
    async *load({ n }) {
      yield await reader.readSegment(n)
    },
    ...HELD_EVENTS,
  })
  for await (const batch of batches)
    yield batch.filter((event) => isBeyond(event, from) && !isBeyond(event, to))
}
