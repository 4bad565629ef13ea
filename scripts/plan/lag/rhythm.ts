import { recordedInterview } from '../../simulate/recorded-interview.js'

/** An event of the recorded interview, to be played over and over. */
export interface PlayedEvent {
  /** Since the event before it; of the first, since the last one. */
  gapMs: number
  type: string
  data: Record<string, unknown>
  fileId?: string
}

/** Between the end of the interview and its beginning, when it is played again. */
const AGAIN_AFTER_MS = 1_000

/**
 * The events of an interview that was recorded, with the pauses in which it was typed. Its start and its submission, which a
 * session has once, are left out.
 * @param file as recordedInterview takes it
 */
export function demoInterviewEvents(file: string): PlayedEvent[] {
  const events = recordedInterview(file).events.filter(({ type }) => !ONCE.has(type))
  return events.map(({ offsetMs, type, data, fileId }, i) => {
    const before = events[i - 1]
    const gapMs = before === undefined ? AGAIN_AFTER_MS : offsetMs - before.offsetMs
    return { gapMs, type, data, ...(fileId !== undefined && { fileId }) }
  })
}

const ONCE = new Set(['session_start', 'session_submit'])

/**
 * The pauses of an interview at another mean pace: their order and their proportions stay, so bursts stay bursts.
 * @param gapsMs of the recording
 */
export function rhythmAt(gapsMs: readonly number[], eventsPerSec: number): Float64Array {
  const meanMs = gapsMs.reduce((total, gap) => total + gap, 0) / gapsMs.length
  const times = 1_000 / eventsPerSec / meanMs
  return Float64Array.from(gapsMs, (gap) => gap * times)
}
