import { durableOutbox } from './durable-outbox.js'
import { createRecorder as create } from './recorder.js'
import type { Recorder, RecorderOptions } from './recorder-types.js'

/**
 * Records one source of a session: connects at once, and goes on until `close()` or until the service says that it is over.
 * Nothing that happens to the network reaches the caller other than through `status`. In a browser, what is not saved yet
 * is kept on its disk; the next load of the page sends what this one could not.
 *
 * @throws RecorderError VALIDATION where `url` is none
 */
export function createRecorder(options: RecorderOptions): Recorder {
  // A browser without IndexedDB gets the durable one too: it says that it failed.
  const isBrowser = 'document' in globalThis || 'indexedDB' in globalThis
  return create(options.outbox || !isBrowser ? options : { ...options, outbox: durableOutbox() })
}
