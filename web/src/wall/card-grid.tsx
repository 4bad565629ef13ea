import {
  type ReactNode,
  type Ref,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import { CARD_HEIGHT, type CardRange, cardsInView, type GridShape, gridShape, nextCard } from './windowing.js'

/** What the wall's keys do to the grid. */
export interface CardGridHandle {
  /** Moves the focus by a key; false where it leads out of the grid. */
  move(key: string): boolean
  focusLast(): void
}

interface CardGridProps {
  ids: readonly string[]
  label: string
  ref: Ref<CardGridHandle>
  /** The ids of the cards that are drawn, at each change. */
  onInView: (ids: readonly string[]) => void
  /** Whether somebody is busy with a card: its place must not become another's. */
  onBusy: (isBusy: boolean) => void
  children: (id: string, card: { width: number; tabIndex: number; onFocus: () => void }) => ReactNode
}

/**
 * Cards of one size, of which only those on the screen are in the page, and the one that has the focus. One of them
 * can be reached by Tab, the others from it by arrows; each says its place among all.
 */
export function CardGrid({ ids, label, ref, onInView, onBusy, children }: CardGridProps) {
  const list = useRef<HTMLUListElement>(null)
  const { shape, range } = useRange(list, ids.length)
  const [currentId, setCurrentId] = useState<string | null>(null)
  const wantsFocus = useRef(false)
  const currentIndex = currentId === null ? -1 : ids.indexOf(currentId)
  const reachable = currentIndex >= 0 ? currentIndex : range.from

  const focus = (index: number) => {
    wantsFocus.current = true
    scrollToRow(list.current, Math.floor(index / shape.columns), shape.rowHeight)
    setCurrentId(ids[index] ?? null)
    // The card that is current already is not drawn anew.
    if (index === currentIndex) focusCard(list.current, ids[index], wantsFocus)
  }
  useImperativeHandle(ref, () => ({
    move(key) {
      if (ids.length === 0) return false
      const active = document.activeElement
      const isHere = list.current?.contains(active) === true
      if (!isHere && active !== document.body && active?.closest('.wall-bar, .wall-tools') === null)
        return false
      const next =
        isHere && currentIndex >= 0 ? nextCard(currentIndex, key, ids.length, shape.columns) : reachable
      if (next === null) return false
      focus(next)
      return true
    },
    focusLast: () => focus(ids.length - 1),
  }))
  useLayoutEffect(() => focusCard(list.current, currentId ?? undefined, wantsFocus))

  const drawn = indexesOf(range, currentIndex)
  const inView = drawn.map((index) => ids[index]).join(' ')
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same ids in another list are nothing new
  useEffect(() => onInView(inView === '' ? [] : inView.split(' ')), [inView])

  return (
    <ul
      className="cards"
      ref={list}
      aria-label={label}
      style={{ height: shape.height }}
      onPointerEnter={() => onBusy(true)}
      onPointerLeave={() => onBusy(false)}
    >
      {drawn.map((index) => {
        const id = ids[index] as string
        const [row, column] = [Math.floor(index / shape.columns), index % shape.columns]
        const x = column * (shape.cardWidth + 12)
        return (
          <li
            key={id}
            aria-setsize={ids.length}
            aria-posinset={index + 1}
            style={{
              width: shape.cardWidth,
              height: CARD_HEIGHT,
              transform: `translate(${x}px, ${row * shape.rowHeight}px)`,
            }}
          >
            {children(id, {
              width: shape.cardWidth,
              tabIndex: index === reachable ? 0 : -1,
              onFocus: () => setCurrentId(id),
            })}
          </li>
        )
      })}
    </ul>
  )
}

function indexesOf({ from, to }: CardRange, currentIndex: number): number[] {
  const indexes = Array.from({ length: to - from }, (_, i) => from + i)
  if (currentIndex < 0 || (currentIndex >= from && currentIndex < to)) return indexes
  return currentIndex < from ? [currentIndex, ...indexes] : [...indexes, currentIndex]
}

function focusCard(list: HTMLElement | null, id: string | undefined, wanted: { current: boolean }): void {
  if (!wanted.current || id === undefined) return
  const card = list?.querySelector<HTMLElement>(`[data-session-id="${CSS.escape(id)}"] .card-link`)
  if (!card) return
  wanted.current = false
  card.focus({ preventScroll: true })
}

/** What the bars at the top cover. */
const COVERED_PX = 112
const MARGIN_PX = 12

function scrollToRow(list: HTMLElement | null, row: number, rowHeight: number): void {
  if (list === null) return
  const top = list.getBoundingClientRect().top + row * rowHeight
  const over = top - COVERED_PX
  const under = top + CARD_HEIGHT + MARGIN_PX - innerHeight
  if (over < 0) scrollBy({ top: over })
  else if (under > 0) scrollBy({ top: Math.min(under, over) })
}

/** Which cards to draw, as the window is scrolled and sized. */
function useRange(
  list: { current: HTMLElement | null },
  count: number,
): { shape: GridShape; range: CardRange } {
  const [width, setWidth] = useState(0)
  const [range, setRange] = useState<CardRange>({ from: 0, to: 0 })
  const shape = gridShape(count, width)
  const look = useRef(() => {})
  look.current = () => {
    const element = list.current
    if (element === null) return
    if (element.clientWidth !== width) setWidth(element.clientWidth)
    const next = cardsInView(shape, count, -element.getBoundingClientRect().top, innerHeight)
    if (next.from !== range.from || next.to !== range.to) setRange(next)
  }
  useLayoutEffect(() => look.current())
  useEffect(() => {
    let frame = 0
    const lookSoon = () => {
      cancelAnimationFrame(frame)
      frame = requestAnimationFrame(() => look.current())
    }
    const observer = new ResizeObserver(lookSoon)
    if (list.current !== null) observer.observe(list.current)
    addEventListener('scroll', lookSoon, { passive: true })
    addEventListener('resize', lookSoon)
    return () => {
      cancelAnimationFrame(frame)
      observer.disconnect()
      removeEventListener('scroll', lookSoon)
      removeEventListener('resize', lookSoon)
    }
  }, [list])
  return { shape, range: { from: Math.min(range.from, count), to: Math.min(range.to, count) } }
}
