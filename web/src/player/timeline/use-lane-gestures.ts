import { type PointerEvent, type RefObject, useEffect, useRef, useState } from 'react'
import type { Zoom } from './use-zoom.js'

/** Pressed and moved by less than this is a press, not a drag. */
const DRAG_FROM_PX = 4
/** What one notch of a wheel does, about. */
const ZOOM_PER_WHEEL_PX = 0.002
const WHEEL_LINE_PX = 16

interface Wishes {
  /** Pressed at a place of the axis. */
  onPress: (place: number) => void
  /** Dragged to a place of the axis. */
  onDrag: (place: number) => void
}

/**
 * What a pointer does on the lanes: press and drag move the playhead; the wheel looks closer; the wheel sideways or with
 * shift, and dragging with shift or the middle button, move along; a double press shows everything again.
 */
export function useLaneGestures(
  box: RefObject<HTMLElement | null>,
  /** Of the box, CSS pixels; 0 before it is known. Asked here, the page would have to be laid out while it is drawn. */
  boxWidth: number,
  zoom: Zoom,
  wishes: Wishes,
) {
  const [hoverX, setHoverX] = useState<number | null>(null)
  const drag = useRef<{ fromX: number; lastX: number; pans: boolean; moved: boolean } | null>(null)
  const width = Math.max(1, boxWidth)
  const xOf = (pointer: { clientX: number }) =>
    Math.min(width, Math.max(0, pointer.clientX - (box.current?.getBoundingClientRect().left ?? 0)))
  const { from, to } = zoom.seen
  const perPx = (to - from) / width
  const placeAt = (x: number) => from + x * perPx

  const current = useRef({ zoom, placeAt, xOf, perPx })
  current.current = { zoom, placeAt, xOf, perPx }
  useEffect(() => {
    const element = box.current as HTMLElement
    // Not React's: its wheel listeners are passive, and the page must not scroll along.
    const onWheel = (wheel: WheelEvent) => {
      wheel.preventDefault()
      const { zoom, placeAt, xOf, perPx } = current.current
      const unit = wheel.deltaMode === WheelEvent.DOM_DELTA_LINE ? WHEEL_LINE_PX : 1
      const sideways = wheel.shiftKey || Math.abs(wheel.deltaX) > Math.abs(wheel.deltaY)
      if (sideways) zoom.panBy((wheel.deltaX || wheel.deltaY) * unit * perPx)
      else zoom.zoomAround(placeAt(xOf(wheel)), Math.exp(wheel.deltaY * unit * ZOOM_PER_WHEEL_PX))
    }
    element.addEventListener('wheel', onWheel, { passive: false })
    return () => element.removeEventListener('wheel', onWheel)
  }, [box])

  const handlers = {
    onPointerDown: (pointer: PointerEvent<HTMLElement>) => {
      if (pointer.button > 1) return
      pointer.currentTarget.setPointerCapture(pointer.pointerId)
      const x = xOf(pointer)
      const pans = pointer.button === 1 || pointer.shiftKey
      drag.current = { fromX: x, lastX: x, pans, moved: false }
      if (!pans) wishes.onPress(placeAt(x))
    },
    onPointerMove: (pointer: PointerEvent<HTMLElement>) => {
      const x = xOf(pointer)
      setHoverX(x)
      const dragged = drag.current
      if (dragged === null) return
      dragged.moved ||= Math.abs(x - dragged.fromX) >= DRAG_FROM_PX
      if (dragged.pans) zoom.panBy((dragged.lastX - x) * perPx)
      else if (dragged.moved) wishes.onDrag(placeAt(x))
      dragged.lastX = x
    },
    onPointerUp: () => {
      drag.current = null
    },
    onPointerCancel: () => {
      drag.current = null
    },
    onPointerLeave: () => setHoverX(null),
    onDoubleClick: zoom.reset,
  }
  return { hoverPlace: hoverX === null ? null : placeAt(hoverX), handlers }
}
