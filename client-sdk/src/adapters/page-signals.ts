import { recordClipboard } from './page-signals-clipboard.js'
import { recordPresence } from './page-signals-presence.js'
import type { PageSignalsOptions, SignalRecorder } from './page-signals-watch.js'

export type { PageSignal, PageSignalsOptions, SignalRecorder } from './page-signals-watch.js'
export { recordClipboard, recordPresence }

/**
 * Records what the page can see of how it is used: `recordPresence` and `recordClipboard` in one.
 *
 * @returns a function that ends it
 */
export function recordPageSignals(recorder: SignalRecorder, options: PageSignalsOptions = {}): () => void {
  const stops = [recordPresence(recorder, options), recordClipboard(recorder, options)]
  return () => {
    for (const stop of stops) stop()
  }
}
