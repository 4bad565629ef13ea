import type { CSSProperties, ReactElement, Ref } from 'react'
import type {
  PlayerErrorDetail,
  PlayerMomentDetail,
  PlayerReadyDetail,
  SessionPlayerElement,
} from './session-player.js'

export type SessionPlayerProps = {
  /** The moment to begin at, and to go to whenever it changes: `27:31`, or ms since the start. */
  at?: string | number
  /** Absent: as the page. */
  theme?: 'light' | 'dark' | 'system'
  className?: string
  style?: CSSProperties
  onReady?: (detail: PlayerReadyDetail) => void
  onMoment?: (detail: PlayerMomentDetail) => void
  onError?: (detail: PlayerErrorDetail) => void
  ref?: Ref<SessionPlayerElement | null>
} & ({ archiveUrl: string } | { url: string; sessionId: string; token: string })

/** A session's player, from its archive or from the service. Its `ref` is the element, which seeks, plays and pauses. */
export declare function SessionPlayer(props: SessionPlayerProps): ReactElement
