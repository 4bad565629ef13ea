import { type MouseEvent, type PointerEvent, type RefObject, useEffect, useRef, useState } from 'react'
import type { Zoom } from './use-zoom.js'

/** Pressed and moved by less than this is a press, not a drag. */
const DRAG_FROM_PX = 4
/** A finger that rests so long looks at what is there, and goes nowhere. */
const HOLD_MS = 400
/** What one notch of a wheel does, about. */
const ZOOM_PER_WHEEL_PX = 0.002
const WHEEL_LINE_PX = 16

interface Wishes {
  /** Pressed at a place of the axis. */
  onPress: (place: number) => void
  /** Dragged to a place of the axis. */
  onDrag: (place: number) => void
}

interface Drag {
  fromX: number
  lastX: number
  /** Of the event that began it, ms. */
  sinceMs: number
  moved: boolean
  does: 'seek' | 'pan' | 'look'
}

const isTouch = ({ pointerType }: PointerEvent): boolean => pointerType === 'touch'

const isHeld = (pointer: PointerEvent, { sinceMs }: Drag): boolean =>
  isTouch(pointer) && pointer.timeStamp - sinceMs >= HOLD_MS

/**
 * What a pointer does on the lanes: press and drag move the playhead; the wheel looks closer; the wheel sideways or with
 * shift, and dragging with shift or the middle button, move along; a double press shows everything again. A finger has
 * no hovering: what it touches is shown until something else is touched. It may be about to scroll the page, so a tap
 * moves the playhead when it is over.
 */
export function useLaneGestures(
  box: RefObject<HTMLElement | null>,
  /** Of the box, CSS pixels; 0 before it is known. Asked here, the page would have to be laid out while it is drawn. */
  boxWidth: number,
  zoom: Zoom,
  wishes: Wishes,
) {
  const [hoverX, setHoverX] = useState<number | null>(null)
  const drag = useRef<Drag | null>(null)
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

  useEffect(() => {
    const onTouched = (pressed: globalThis.PointerEvent) => {
      if (!pressed.composedPath().includes(box.current as HTMLElement)) setHoverX(null)
    }
    document.addEventListener('pointerdown', onTouched)
    return () => document.removeEventListener('pointerdown', onTouched)
  }, [box])

  const handlers = {
    onPointerDown: (pointer: PointerEvent<HTMLElement>) => {
      if (pointer.button > 1 || !pointer.isPrimary) return
      pointer.currentTarget.setPointerCapture(pointer.pointerId)
      const x = xOf(pointer)
      const byTouch = isTouch(pointer)
      const pans = pointer.button === 1 || pointer.shiftKey
      const does = pans ? 'pan' : 'seek'
      drag.current = { fromX: x, lastX: x, sinceMs: pointer.timeStamp, moved: false, does }
      if (byTouch) setHoverX(x)
      else if (!pans) wishes.onPress(placeAt(x))
    },
    onPointerMove: (pointer: PointerEvent<HTMLElement>) => {
      const x = xOf(pointer)
      setHoverX(x)
      const dragged = drag.current
      if (dragged === null) return
      if (!dragged.moved && Math.abs(x - dragged.fromX) >= DRAG_FROM_PX) {
        dragged.moved = true
        if (isHeld(pointer, dragged)) dragged.does = 'look'
      }
      if (dragged.does === 'pan') zoom.panBy((dragged.lastX - x) * perPx)
      else if (dragged.moved && dragged.does === 'seek') wishes.onDrag(placeAt(x))
      dragged.lastX = x
    },
    onPointerUp: (pointer: PointerEvent<HTMLElement>) => {
      const pressed = drag.current
      drag.current = null
      if (pressed === null || pressed.moved || !isTouch(pointer) || isHeld(pointer, pressed)) return
      wishes.onPress(placeAt(pressed.fromX))
    },
    // The page scrolls from here on.
    onPointerCancel: () => {
      drag.current = null
      setHoverX(null)
    },
    onPointerLeave: (pointer: PointerEvent<HTMLElement>) => {
      if (!isTouch(pointer)) setHoverX(null)
    },
    onContextMenu: (event: MouseEvent<HTMLElement>) => {
      if (drag.current !== null) event.preventDefault()
    },
    onDoubleClick: zoom.reset,
  }
  return { hoverPlace: hoverX === null ? null : placeAt(hoverX), handlers }
}
