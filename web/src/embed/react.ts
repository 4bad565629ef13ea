// `<SessionPlayer>`: the custom element with properties and callbacks. It runs in the React of its page; the player inside
// has its own, and the page's style does not reach it.
import { createElement, useEffect, useRef } from 'react'
import type { SessionPlayerProps } from '../../player-package/react.js'
import type { SessionPlayerElement } from '../../player-package/session-player.js'
import { SESSION_PLAYER_TAG } from './session-player.js'

/** A session's player, from its archive or from the service. Its `ref` is the element, which seeks, plays and pauses. */
export function SessionPlayer(props: SessionPlayerProps) {
  const { at, theme, className, style, ref } = props
  const place =
    'archiveUrl' in props
      ? { 'archive-url': props.archiveUrl }
      : { url: props.url, 'session-id': props.sessionId, token: props.token }
  const element = useRef<SessionPlayerElement>(null)
  const newest = useRef(props)
  newest.current = props
  useEffect(() => {
    const player = element.current as SessionPlayerElement
    const listening = new AbortController()
    const listen = (name: string, call: (detail: never) => void) => {
      const { signal } = listening
      player.addEventListener(name, (event) => call((event as CustomEvent<never>).detail), { signal })
    }
    listen('ready', (detail) => newest.current.onReady?.(detail))
    listen('moment', (detail) => newest.current.onMoment?.(detail))
    listen('error', (detail) => newest.current.onError?.(detail))
    return () => listening.abort()
  }, [])
  return createElement(SESSION_PLAYER_TAG, {
    ref: (made: SessionPlayerElement | null) => {
      element.current = made
      if (typeof ref === 'function') return ref(made)
      if (ref) ref.current = made
    },
    ...place,
    at: at === undefined ? undefined : String(at),
    theme,
    class: className,
    style,
  })
}
