import { reportUncaught } from '../handlers.js'
import type { RecordableEvent, Recorder } from '../recorder-types.js'

/**
 * Records an event from inside a handler of the page, which must not suffer from it: after `close()` nothing is
 * recorded and nothing said, and whatever else goes wrong goes where the page's own uncaught errors go.
 *
 * @returns what `record` answers; 0 where it failed
 */
export function recordQuietly(recorder: Pick<Recorder, 'record'>, event: RecordableEvent): number {
  let seq = 0
  try {
    seq = recorder.record(event)
  } catch (error) {
    // By its code, not its class: the class brings the table of all errors along.
    if ((error as { code?: unknown } | null)?.code !== 'RECORDER_CLOSED') reportUncaught(error)
  }
  return seq
}
