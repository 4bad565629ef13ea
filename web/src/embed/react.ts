// `<SessionPlayer>` for React 18 and newer: the custom element with properties and callbacks. It has no React of its own;
// the player inside has, and the page's style does not reach it.
import { type CSSProperties, createElement, type Ref, useEffect, useImperativeHandle, useRef } from 'react'
import {
  type PlayerErrorDetail,
  type PlayerMomentDetail,
  type PlayerReadyDetail,
  SESSION_PLAYER_TAG,
  type SessionPlayerElement,
} from './session-player.js'

export type SessionPlayerHandle = Pick<
  SessionPlayerElement,
  'play' | 'pause' | 'seek' | 'momentMs' | 'durationMs' | 'playing'
>

interface Common {
  /** The moment to begin at, and to go to whenever it changes: `27:31`, or ms since the start. */
  at?: string | number
  /** Absent: as the page. */
  theme?: 'light' | 'dark' | 'system'
  className?: string
  style?: CSSProperties
  onReady?: (detail: PlayerReadyDetail) => void
  onMoment?: (detail: PlayerMomentDetail) => void
  onError?: (detail: PlayerErrorDetail) => void
  ref?: Ref<SessionPlayerHandle | null>
}

export type SessionPlayerProps = Common &
  ({ archiveUrl: string } | { url: string; sessionId: string; token: string })

/** A session's player, from its archive or from the service. */
export function SessionPlayer(props: SessionPlayerProps) {
  const { at, theme, className, style, ref } = props
  const place =
    'archiveUrl' in props
      ? { 'archive-url': props.archiveUrl }
      : { url: props.url, 'session-id': props.sessionId, token: props.token }
  const element = useRef<SessionPlayerElement>(null)
  const newest = useRef(props)
  newest.current = props
  useImperativeHandle(ref, () => element.current as SessionPlayerHandle, [])
  useEffect(() => {
    const player = element.current as SessionPlayerElement
    const listening = new AbortController()
    const listen = <Detail>(name: string, callback: () => ((detail: Detail) => void) | undefined) =>
      player.addEventListener(name, (event) => callback()?.((event as CustomEvent<Detail>).detail), {
        signal: listening.signal,
      })
    listen<PlayerReadyDetail>('ready', () => newest.current.onReady)
    listen<PlayerMomentDetail>('moment', () => newest.current.onMoment)
    listen<PlayerErrorDetail>('error', () => newest.current.onError)
    return () => listening.abort()
  }, [])
  return createElement(SESSION_PLAYER_TAG, {
    ref: element,
    ...place,
    at: at === undefined ? undefined : String(at),
    theme,
    class: className,
    style,
  })
}
