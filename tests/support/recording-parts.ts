import type { RecordedEvent } from '../../protocol/events.js'
import type { KeyframeLine } from '../../replay/keyframe/keyframe-line.js'
import { type KeyframeLimits, KeyframeMaker } from '../../replay/keyframe/keyframe-maker.js'
import { overviewOf } from '../../replay/overview.js'
import type { RecordingIndex, RecordingSource } from '../../replay/segmented/recording-source.js'
import { byTime } from '../../replay/timeline.js'
import { makeHeadlessScreen } from '../../workers/archive/headless-screen.js'

export interface CutSizes {
  segmentEvents: number
  runKeyframes: number
  keyframes: KeyframeLimits | null
}

/** A recording in parts as an archive has them, which also counts what is loaded. All went through JSON. */
export async function sourceOf(
  events: readonly RecordedEvent[],
  { segmentEvents, runKeyframes, keyframes }: CutSizes,
): Promise<
  RecordingSource & { index: RecordingIndex; loads: string[]; keyframeLines: readonly KeyframeLine[] }
> {
  const bySeq = [...events].sort((a, b) => a.seq - b.seq)
  const segments: RecordedEvent[][] = []
  for (let at = 0; at < bySeq.length; at += segmentEvents) segments.push(bySeq.slice(at, at + segmentEvents))
  const ordered = [...events].sort(byTime)
  const lines = keyframes === null ? [] : await keyframesOf(ordered, keyframes)
  const runs: KeyframeLine[][] = []
  for (const line of lines) {
    const run = runs.at(-1)
    if (run === undefined || run.length === runKeyframes || isAnew(line)) runs.push([line])
    else run.push(line)
  }
  const index: RecordingIndex = {
    overview: overviewOf(ordered),
    segments: segments.map((segment) => ({
      firstSeq: (segment[0] as RecordedEvent).seq,
      lastSeq: (segment.at(-1) as RecordedEvent).seq,
      firstMs: Math.min(...segment.map((event) => event.timestamp)),
      lastMs: Math.max(...segment.map((event) => event.timestamp)),
    })),
    keyframes: runs.map((run) => ({
      places: run.map(({ atMs, atSeq }) => ({ atMs, seq: atSeq })),
      bytes: JSON.stringify(run).length,
      isAnew: isAnew(run[0] as KeyframeLine),
    })),
  }
  const loads: string[] = []
  return {
    index,
    keyframeLines: lines,
    loads,
    loadIndex: async () => index,
    async loadSegment(n) {
      loads.push(`segment ${n}`)
      const json = JSON.stringify(segments[n])
      return { events: JSON.parse(json), chars: json.length }
    },
    async *loadKeyframes(first, last) {
      loads.push(`keyframes ${first}-${last}`)
      for (const run of runs.slice(first, last + 1)) yield JSON.parse(JSON.stringify(run))
    },
  }
}

const isAnew = ({ fold }: KeyframeLine): boolean => fold.textsBefore !== undefined

export async function keyframesOf(
  ordered: readonly RecordedEvent[],
  limits: KeyframeLimits,
): Promise<KeyframeLine[]> {
  const maker = new KeyframeMaker(makeHeadlessScreen, limits)
  const lines: KeyframeLine[] = []
  for (const event of ordered) {
    const made = await maker.add(event)
    if (made !== null) lines.push(JSON.parse(made.json))
  }
  maker.dispose()
  return lines
}
