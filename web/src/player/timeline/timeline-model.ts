import { CHECKPOINT_PASTE_CHARS, PAUSED_TYPE, RESUMED_TYPE } from '../../../../protocol/event-types.js'
import type { RecordedEvent } from '../../../../protocol/events.js'

export type Lane = 'edits' | 'terminal' | 'tests' | 'remarks'

/** A single thing on the timeline. */
export interface Mark {
  atMs: number
  lane: 'tests' | 'remarks'
  kind: 'pass' | 'fail' | 'mixed' | 'ai' | 'note' | 'signal' | 'loss'
  label: string
}

export interface TimelineModel {
  /** How much went on in each of equally long stretches from start to end, 0 to 1. */
  edits: Float32Array
  terminal: Float32Array
  marks: Mark[]
  breaks: Break[]
}

/** A time in which, as agreed, nothing was recorded in one of the candidate's tabs. */
export interface Break {
  fromMs: number
  /** Where it goes on, the end of the axis. */
  toMs: number
  label: string
}

const REMARKS: Record<string, { kind: Mark['kind']; label: string }> = {
  proctor_note: { kind: 'note', label: 'Note' },
  proctor_flag: { kind: 'note', label: 'Flag' },
  proctor_message: { kind: 'note', label: 'Message to the candidate' },
  time_extended: { kind: 'note', label: 'Time extended' },
  tab_hidden: { kind: 'signal', label: 'Tab hidden' },
  window_blur: { kind: 'signal', label: 'Window left' },
  fullscreen_exit: { kind: 'signal', label: 'Left full screen' },
  second_tab: { kind: 'signal', label: 'A second tab opened' },
  connection_lost: { kind: 'signal', label: 'Connection lost' },
  rejected: { kind: 'loss', label: 'An event was refused' },
  quarantined: { kind: 'loss', label: 'An event was set aside' },
  gap: { kind: 'loss', label: 'Events are missing' },
}
const remarks = new Map(Object.entries(REMARKS))

/** What the timeline shows of `events` (in the order of replay), from `startMs` to `endMs`, in `binCount` bins. */
export function timelineModel(
  events: readonly RecordedEvent[],
  startMs: number,
  endMs: number,
  binCount: number,
): TimelineModel {
  const edits = new Float32Array(binCount)
  const terminal = new Float32Array(binCount)
  const marks: Mark[] = []
  const breaks: Break[] = []
  const open = new Map<number, Break>()
  const perMs = binCount / Math.max(1, endMs - startMs)
  let run: { mark: Mark; passed: number; failed: number } | null = null
  for (const { type, timestamp, data, source } of events) {
    const bin = Math.min(binCount - 1, Math.max(0, Math.floor((timestamp - startMs) * perMs)))
    if (type === 'code_edit') edits[bin] = (edits[bin] ?? 0) + 1
    else if (type.startsWith('terminal_')) terminal[bin] = (terminal[bin] ?? 0) + 1
    else if (type === 'test_run_start') run = null
    else if (type === 'test_result') {
      if (run === null) {
        run = { mark: { atMs: timestamp, lane: 'tests', kind: 'pass', label: '' }, passed: 0, failed: 0 }
        marks.push(run.mark)
      }
      if ((data as { passed?: unknown } | null)?.passed === true) run.passed++
      else run.failed++
      const { mark, passed, failed } = run
      mark.kind = failed === 0 ? 'pass' : passed === 0 ? 'fail' : 'mixed'
      mark.label = `Tests: ${passed} passed, ${failed} failed`
    } else if (type === 'ai_interaction') {
      const asked = (data as { role?: unknown } | null)?.role === 'user'
      if (asked) marks.push({ atMs: timestamp, lane: 'remarks', kind: 'ai', label: 'Asked the assistant' })
    } else if (type === 'paste') {
      const chars = (data as { lengthChars?: unknown } | null)?.lengthChars
      if (typeof chars === 'number' && chars >= CHECKPOINT_PASTE_CHARS)
        marks.push({ atMs: timestamp, lane: 'remarks', kind: 'signal', label: `Pasted ${chars} characters` })
    } else if (type === PAUSED_TYPE) {
      const reason = (data as { reason?: unknown } | null)?.reason
      const label =
        typeof reason === 'string' && reason !== '' ? `Recording paused: ${reason}` : 'Recording paused'
      const pause = { fromMs: timestamp, toMs: endMs, label }
      open.set(source, pause)
      breaks.push(pause)
    } else if (type === RESUMED_TYPE) {
      const pause = open.get(source)
      if (pause !== undefined) pause.toMs = timestamp
      open.delete(source)
    } else {
      const remark = remarks.get(type)
      if (remark !== undefined) marks.push({ atMs: timestamp, lane: 'remarks', ...remark })
    }
  }
  return { edits: levels(edits), terminal: levels(terminal), marks, breaks }
}

/** Counts as heights. A few bursts (a flood of output) stand at full height and don't flatten all the rest. */
function levels(counts: Float32Array): Float32Array {
  const busy = counts.filter((n) => n > 0).sort()
  const most = busy[Math.floor((busy.length - 1) * 0.95)] ?? 1
  return counts.map((n) => Math.min(1, Math.sqrt(n / most)))
}

/** The mark that a pointer at `atMs` means, when one is within `withinMs`. */
export function markNear(marks: readonly Mark[], atMs: number, withinMs: number): Mark | null {
  let nearest: Mark | null = null
  for (const mark of marks) {
    const distance = Math.abs(mark.atMs - atMs)
    if (distance <= withinMs && (nearest === null || distance < Math.abs(nearest.atMs - atMs))) nearest = mark
  }
  return nearest
}

/** What a pointer at `atMs` means where no mark is near: the break that it stands in. */
export const breakAt = (breaks: readonly Break[], atMs: number): Break | null =>
  breaks.find(({ fromMs, toMs }) => fromMs <= atMs && atMs <= toMs) ?? null
