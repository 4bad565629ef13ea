/** All that is recorded so far is here, and the player stands at its first moment. */
export interface PlayerReadyDetail {
  /** When the recording starts, epoch ms. */
  startMs: number
  /** From the start to the last event. */
  durationMs: number
}

/** The player shows another moment, or began or ceased to move. */
export interface PlayerMomentDetail {
  /** Since the start. */
  momentMs: number
  /** Epoch ms. */
  atMs: number
  playing: boolean
}

/** The session can't be shown. */
export interface PlayerErrorDetail {
  /** As docs/protocol.md lists them; null where the service did not say. */
  code: string | null
  message: string
}

/**
 * `<interviewlm-session-player>`: a session's player, from the attribute `archive-url`, or from `url`, `session-id` and
 * `token`; at the moment `at`, in the colours `theme` (`light`, `dark`, `system`; as the page without it). Tells `ready`,
 * `moment` and `error` as CustomEvents that do not bubble, with the details above.
 */
export declare class SessionPlayerElement extends HTMLElement {
  /** Milliseconds from the start to what is shown. */
  readonly momentMs: number
  /** Milliseconds from the start to the last event; 0 before it is known. */
  readonly durationMs: number
  readonly playing: boolean
  play(): void
  pause(): void
  /**
   * Goes to a moment: milliseconds since the start, or `27:31` as an address holds it. Before `ready` it has no effect;
   * the attribute `at` is for that. Throws a RangeError for what is no moment.
   */
  seek(moment: number | string): void
}

export declare const SESSION_PLAYER_TAG: 'interviewlm-session-player'

declare global {
  interface HTMLElementTagNameMap {
    'interviewlm-session-player': SessionPlayerElement
  }
}
