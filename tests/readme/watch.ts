import { createWatcher, type RecordedEvent } from '../../client-sdk/src/index.js'

export function follow(url: string, proctorToken: string, sessionId: string) {
  const events: RecordedEvent[] = []
  const watcher = createWatcher({
    url,
    token: proctorToken,
    sessionId,
    onEvents: (fresh) => events.push(...fresh),
    // Rare: the service had to start anew behind this seq, and what came after it is told again.
    onReset: (keptThroughSeq) => events.splice(keptThroughSeq),
  })
  return { events, watcher } // watcher.annotate, .message, .extend and .end act on the session; .stop() leaves it
}
