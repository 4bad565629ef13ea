import type { EventType } from '../../protocol/event-types.js'

/** An event of an interview that is to be played, at a time counted from the interview's start. */
export interface InterviewEvent {
  offsetMs: number
  type: EventType
  data: Record<string, unknown>
  fileId?: string
  /** Of a custom event. */
  checkpoint?: boolean
}

/** A whole interview, ready to be played as a candidate. */
export interface Interview {
  question: { id: string; title: string; difficulty: string; language: string }
  timeLimitSec: number
  /** One line for people: what it is and where it comes from. */
  description: string
  /** In order of time; the first is session_start, the last session_submit. */
  events: readonly InterviewEvent[]
  durationMs: number
  /** What the files must be at the end, by path. */
  expected: { files: Record<string, string> }
}
