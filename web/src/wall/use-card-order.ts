import { useCallback, useEffect, useRef, useState } from 'react'
import { keptOrder } from './live/wall-query.js'

/** So long nobody has pointed at a card, gone through them by keys or scrolled. */
const CALM_AFTER_MS = 4_000

export interface CardOrder {
  ids: readonly string[]
  /** The cards would stand elsewhere, if they were put in order now. */
  isStale: boolean
  arrange: () => void
  /** Tells that a pointer is over the cards, or has left them. */
  setBusy: (isBusy: boolean) => void
}

/**
 * The order of the cards on the screen. They keep their places while somebody is busy with them, whatever the order
 * should be by now, and stay though they are not wanted any more; the order is taken up when calm has come, when it is
 * asked for, and when `key` changes.
 */
export function useCardOrder(
  wantedIds: readonly string[],
  knownIds: ReadonlySet<string>,
  key: string,
): CardOrder {
  const [shown, setShown] = useState<{ ids: readonly string[]; key: string }>({ ids: [], key: '' })
  const isPointed = useRef(false)
  const busyUntilMs = useRef(0)
  useEffect(() => {
    const touched = () => {
      busyUntilMs.current = performance.now() + CALM_AFTER_MS
    }
    const events = ['scroll', 'keydown', 'pointerdown', 'wheel'] as const
    for (const event of events) addEventListener(event, touched, { passive: true })
    return () => {
      for (const event of events) removeEventListener(event, touched)
    }
  }, [])

  const isCalm =
    !isPointed.current &&
    performance.now() >= busyUntilMs.current &&
    document.activeElement?.closest('.cards') == null
  const ids = shown.key !== key || isCalm ? wantedIds : keptOrder(shown.ids, wantedIds, knownIds)
  const isSame = ids.length === shown.ids.length && ids.every((id, i) => id === shown.ids[i])
  useEffect(() => {
    if (!isSame || shown.key !== key) setShown({ ids, key })
  })
  return {
    ids,
    isStale: ids.length !== wantedIds.length || ids.some((id, i) => id !== wantedIds[i]),
    arrange: () => setShown({ ids: wantedIds, key }),
    setBusy: useCallback((isBusy) => {
      isPointed.current = isBusy
    }, []),
  }
}
