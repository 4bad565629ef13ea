import { type RefObject, useLayoutEffect, useState } from 'react'

/** Whether an element is narrower than `widthPx`, known before the first paint, as it changes. */
export function useNarrow(box: RefObject<HTMLElement | null>, widthPx: number): boolean {
  const [narrow, setNarrow] = useState(false)
  useLayoutEffect(() => {
    const element = box.current as HTMLElement
    const look = () => setNarrow(element.getBoundingClientRect().width < widthPx)
    const resizes = new ResizeObserver(look)
    resizes.observe(element)
    look()
    return () => resizes.disconnect()
  }, [box, widthPx])
  return narrow
}
