import type { EventRecorder, Recorder } from '../recorder-types.js'
import { recordQuietly } from './record-quietly.js'

export type PageSignal =
  | 'tab_hidden'
  | 'tab_visible'
  | 'window_blur'
  | 'window_focus'
  | 'paste'
  | 'copy'
  | 'fullscreen_exit'
  | 'connection_lost'
  | 'connection_restored'

export interface PageSignalsOptions {
  /** Signals that are not to be recorded. Default: none. */
  omit?: readonly PageSignal[]
  /** The window that is watched. Default: the page's own. */
  window?: Window
}

/** A recorder's `status` tells how things stand at the start; without it they are taken to stand well. */
export type SignalRecorder = EventRecorder & Partial<Pick<Recorder, 'status'>>

/** What page signals are made with. */
export interface SignalWatch {
  readonly window: Window
  readonly recorder: SignalRecorder
  /** Over when the adapter is stopped. */
  readonly stopped: AbortSignal
  /** @returns the source seq; 0 where the signal is not in the recording: left out, paused, closed, or no room. */
  record(type: PageSignal | `custom:${string}`, data: object, fileId?: string | null): number
  listen(target: EventTarget, type: string, heard: (event: Event) => void, isFirst?: boolean): void
}

/** Starts what `build` makes of a watch, and answers the function that stops it. */
export function startWatch(
  recorder: SignalRecorder,
  options: PageSignalsOptions,
  build: (watch: SignalWatch) => void,
): () => void {
  const stop = new AbortController()
  let isPaused = recorder.status?.isPaused
  const off = recorder.on('status', (status) => {
    isPaused = status.isPaused
  })
  build({
    window: options.window ?? window,
    recorder,
    stopped: stop.signal,
    record: (type, data, fileId) =>
      // While it is paused a recorder takes events without a word, and answers the seq of an earlier one.
      isPaused || options.omit?.includes(type as PageSignal)
        ? 0
        : recordQuietly(recorder, { type, data, ...(fileId != null && { fileId }) }),
    listen: (target, type, heard, isFirst = false) =>
      target.addEventListener(type, heard, { capture: isFirst, signal: stop.signal }),
  })
  return () => {
    stop.abort()
    off()
  }
}
