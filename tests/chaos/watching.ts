import { createWatcher } from '../../client-sdk/src/watcher.js'
import type { RecordedEvent } from '../../protocol/events.js'
import type { Watched } from './session-log.js'

/** Follows a session with the SDK's watcher, and logs what a page would show. */
export function watch(url: string, token: string, sessionId: string): Watched {
  const shown: RecordedEvent[] = []
  const watched: Watched = {
    events: shown,
    resets: 0,
    lastSeq: () => shown.at(-1)?.seq ?? 0,
    stop: () => watcher.stop(),
  }
  const watcher = createWatcher({
    url,
    token,
    sessionId,
    onEvents: (events) => shown.push(...events),
    onReset: (keptThroughSeq) => {
      watched.resets++
      while ((shown.at(-1)?.seq ?? 0) > keptThroughSeq) shown.pop()
    },
  })
  return watched
}
