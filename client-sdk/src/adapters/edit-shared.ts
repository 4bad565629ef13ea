import type { EventRecorder } from '../recorder-types.js'

/** One of something for all adapters of a recorder, which need not know each other. */
export function onePerRecorder<T>(make: () => T): (recorder: EventRecorder) => T {
  const made = new WeakMap<EventRecorder, T>()
  return (recorder) => {
    const one = made.get(recorder) ?? make()
    made.set(recorder, one)
    return one
  }
}
