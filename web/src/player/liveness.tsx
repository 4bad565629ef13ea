import { clock } from '../ui/format.js'
import { Icon } from '../ui/icon.js'
import type { LiveState } from './live-state.js'
import type { PlaybackMode } from './playback.js'

/** What is said aloud when it turns; the figures beside it change all the time. */
const SPOKEN: Record<LiveState['kind'] | 'past', string> = {
  loading: 'Loading',
  live: 'Live',
  behind: 'Behind the candidate',
  offline: 'The candidate is offline',
  disconnected: 'Reconnecting',
  closed: 'Recorded',
  past: 'Not live',
}

const TROUBLE: ReadonlySet<LiveState['kind'] | 'past'> = new Set(['behind', 'offline', 'disconnected'])

/** How much of what is shown is the present, in words. */
export function Liveness({
  live,
  mode,
  behindMs,
}: {
  live: LiveState
  mode: PlaybackMode
  behindMs: number
}) {
  const following = mode === 'following'
  // Looking at the past is the viewer's own doing; that the picture is not live must not look like a fault.
  const kind = live.kind === 'live' && !following ? 'past' : live.kind
  const text = kind === 'past' ? (mode === 'playing' ? 'Playing' : 'Paused') : live.text
  return (
    <span className="liveness" data-kind={kind}>
      <span className="visually-hidden" role="status">
        {SPOKEN[kind]}
      </span>
      {TROUBLE.has(kind) ? <Icon name="signal" /> : <span className="liveness-dot" aria-hidden="true" />}
      <span className="tabular">{text}</span>
      {kind !== 'past' && live.detail !== undefined && (
        <span className="liveness-latency tabular">{live.detail}</span>
      )}
      {kind === 'past' && <span className="liveness-latency tabular">{clock(behindMs)} behind live</span>}
    </span>
  )
}
