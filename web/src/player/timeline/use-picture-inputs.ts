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

/** A value that changes all the time, as it was at most `everyMs` ago. */
export function useSlowed<T>(value: T, everyMs: number): T {
  const [slowed, setSlowed] = useState(value)
  const newest = useRef(value)
  newest.current = value
  useEffect(() => {
    const timer = setInterval(() => setSlowed(newest.current), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return slowed
}
