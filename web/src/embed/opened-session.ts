import { createWatcher } from '../../../client-sdk/src/index.js'
import { MemoryReplayer, openRecordingReplayer } from '../../../replay/index.js'
import { codeOf } from '../data/api.js'
import { archiveSource, serviceSource } from '../data/recording-source.js'
import { ServerClock } from '../data/server-clock.js'
import { makeApi } from '../data/service-api.js'
import { isClosed, isWhole } from '../player/live-facts.js'
import { liveReplayer } from '../player/live-replayer.js'
import { Playback } from '../player/playback.js'
import { type FeedView, SessionFeed } from '../player/session-feed.js'
import type { ReviewSource } from '../player/side/use-review.js'
import { archivedAnnotations } from './archived-annotations.js'
import { archivedRedactions } from './archived-redactions.js'

/** Where a player finds its session: at a service, or where its archive lies. */
export type SessionPlace = { url: string; sessionId: string; token: string } | { archiveUrl: string }

/** What became of opening a session, as it goes on. */
export interface Standing {
  /** More events are to be expected. */
  live: boolean
  /** All that there is has come. */
  whole: boolean
  /** As it comes from a service; null of an archive. */
  fed: FeedView | null
  failure: { code: string | null; message: string } | null
}

/** One session, opened for a player of its own, with what reviewers made of it; that is read when it is asked for. */
export interface OpenedSession extends ReviewSource {
  playback: Playback
  standing(): Standing
  subscribe(listener: () => void): () => void
  /** The service's time minus this computer's; 0 of an archive. */
  offsetMs(): number
  /** Opens again what failed to open, or to load. */
  retry(): void
  close(): void
}

export const openSession = (place: SessionPlace): OpenedSession =>
  'archiveUrl' in place ? fromArchive(place.archiveUrl) : fromService(place)

function fromArchive(archiveUrl: string): OpenedSession {
  const playback = new Playback(new MemoryReplayer())
  const listeners = new Set<() => void>()
  let standing: Standing = { live: false, whole: false, fed: null, failure: null }
  let isClosed = false
  const publish = (change: Partial<Standing>) => {
    standing = { ...standing, ...change }
    for (const listener of listeners) listener()
  }
  const open = async () => {
    try {
      const recording = await openRecordingReplayer(archiveSource(archiveUrl))
      if (isClosed) return recording.close()
      playback.source.close()
      playback.use(recording)
      publish({ whole: true, failure: null })
    } catch (error) {
      // What was opened before goes on being shown.
      if (!isClosed && !standing.whole) publish({ failure: archiveFailure(error, archiveUrl) })
    }
  }
  void open()
  return {
    playback,
    standing: () => standing,
    subscribe: (listener) => subscribed(listeners, listener),
    offsetMs: () => 0,
    annotations: () => archivedAnnotations(archiveUrl),
    redactions: () => archivedRedactions(archiveUrl),
    retry: () => void open(),
    close: () => {
      isClosed = true
      listeners.clear()
      playback.stop()
      playback.source.close()
    },
  }
}

function fromService({ url, sessionId, token }: { url: string; sessionId: string; token: string }) {
  const replayer = liveReplayer()
  const playback = new Playback(replayer)
  const api = makeApi(url, token)
  const clock = new ServerClock(url)
  const feed = new SessionFeed({
    api,
    url,
    token,
    clock,
    sessionId,
    replayer,
    watch: createWatcher,
    openRecording: (id) => openRecordingReplayer(serviceSource({ url, token }, id)),
    onRecording: (recording) => {
      playback.source.close()
      playback.use(recording)
    },
  })
  let seen = feed.current()
  let standing: Standing = { live: true, whole: false, fed: seen, failure: null }
  clock.start()
  void feed.start()
  const opened: OpenedSession = {
    playback,
    // The same object as long as the feed says the same: who asks compares.
    standing: () => {
      if (feed.current() === seen) return standing
      seen = feed.current()
      standing = { live: !isClosed(seen), whole: isWhole(seen), fed: seen, failure: seen.failure }
      return standing
    },
    subscribe: (listener) => feed.subscribe(listener),
    offsetMs: () => clock.offsetMs,
    annotations: () => api.annotations(sessionId),
    redactions: () => api.redactions(sessionId).catch(noneWhereRefused),
    retry: () => {
      const { live, failure } = opened.standing()
      if (failure !== null) void feed.retry()
      else if (live) playback.retry()
      else void feed.open()
    },
    close: () => {
      clock.stop()
      feed.stop()
      playback.stop()
      playback.source.close()
    },
  }
  return opened
}

function subscribed(listeners: Set<() => void>, listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Who may look at a recording, but not at what was taken out of it, looks at it without: nothing has failed. */
function noneWhereRefused(error: unknown): never[] {
  if (codeOf(error) === 'ROLE_FORBIDDEN') return []
  throw error
}

/** A browser says the same of a host that is away and of one that refuses the page's origin. */
function archiveFailure(error: unknown, archiveUrl: string): NonNullable<Standing['failure']> {
  const failure = failureOf(error)
  if (failure.code !== 'UNREACHABLE') return failure
  const { origin } = new URL(archiveUrl, location.href)
  const advice =
    origin === location.origin
      ? 'The network or the host may be away.'
      : `The network or the host may be away; or it does not allow this page: ${origin} must allow pages of ${location.origin} (CORS).`
  return { ...failure, message: `${failure.message} ${advice}` }
}

function failureOf(error: unknown): NonNullable<Standing['failure']> {
  const { code, message } = error as { code?: unknown; message?: string }
  return { code: typeof code === 'string' ? code : null, message: message ?? 'It could not be opened.' }
}
