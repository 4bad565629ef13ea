import type { RecordableEvent, RecorderState } from '../../client-sdk/src/index.js'

/** What the test's own platform gives the page that it opens. */
export interface PageSetUp {
  /** Of the recorder service: the faulty link's. */
  url: string
  token: string
  fileId: string
  language: string
  /** What the file holds before anybody has typed. */
  startText: string
}

/**
 * What a page tells the test beside the recorder's back. It is told before the task that it is about has ended, so
 * the test has heard of an event before anything of it can have left the page.
 */
export type Told =
  | { kind: 'load'; sourceId: string; text: string }
  /** `record()` has taken an event. `atMs` is by the machine's real clock, which the service goes by too. */
  | { kind: 'event'; seq: number; event: RecordableEvent; atMs: number }
  /** What the editor holds after a change. */
  | { kind: 'text'; text: string }
  | { kind: 'storage-failed' }
  | { kind: 'status'; state: RecorderState; error: string | null }

export interface ToldLine {
  /** Names the load of the page. */
  load: string
  /** Counts the lines of the load from 1, since a line may come by two ways. */
  n: number
  told: Told
}
