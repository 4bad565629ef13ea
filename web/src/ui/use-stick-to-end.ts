import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from 'react'
import { afterLayout } from './after-layout.js'

/** Closer to the end than this counts as being there. */
const NEAR_PX = 24

/**
 * Keeps a scrolling list at its end while it grows, until its reader scrolls away. `grown` is anything that
 * changes when the list does.
 */
export function useStickToEnd<E extends HTMLElement>(
  grown: unknown,
): { ref: RefObject<E | null>; atEnd: boolean; onScroll: () => void; toEnd: () => void } {
  const ref = useRef<E>(null)
  const [atEnd, setAtEnd] = useState(true)

  const toEnd = useCallback(() => {
    ref.current?.scrollTo({ top: ref.current.scrollHeight })
    setAtEnd(true)
  }, [])
  const onScroll = useCallback(() => {
    const list = ref.current
    if (list !== null) setAtEnd(list.scrollHeight - list.scrollTop - list.clientHeight <= NEAR_PX)
  }, [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: growth is what this waits for
  useLayoutEffect(() => {
    const list = ref.current
    if (!atEnd || list === null) return
    return afterLayout(list, () => {
      list.scrollTop = list.scrollHeight
    })
  }, [grown])

  return { ref, atEnd, onScroll, toEnd }
}
