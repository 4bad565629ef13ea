import { type RefObject, useEffect, useRef, useState } from 'react'
import { onThemeChange } from '../../ui/theme.js'

/** The width of an element in whole CSS pixels, 0 before it is known. */
export function useSize(box: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const resizes = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)))
    resizes.observe(box.current as HTMLElement)
    return () => resizes.disconnect()
  }, [box])
  return width
}

/** Another number whenever the colours on screen may have changed. */
export function useThemeTurns(): number {
  const [turns, setTurns] = useState(0)
  useEffect(() => onThemeChange(() => setTurns((before) => before + 1)), [])
  return turns
}

/** A value that changes all the time, as it was at most `everyMs` ago; after as long without a change, the next at once. */
export function useSlowed<T>(value: T, everyMs: number): T {
  const [slowed, setSlowed] = useState(value)
  const takenMs = useRef(Number.NEGATIVE_INFINITY)
  useEffect(() => {
    if (value === slowed) return
    const take = () => {
      takenMs.current = performance.now()
      setSlowed(value)
    }
    const waitMs = takenMs.current + everyMs - performance.now()
    if (waitMs <= 0) {
      take()
      return
    }
    const timer = setTimeout(take, waitMs)
    return () => clearTimeout(timer)
  }, [value, slowed, everyMs])
  return slowed
}
