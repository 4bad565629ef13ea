import { type ReactNode, useState } from 'react'
import { count } from './format.js'
import { Icon } from './icon.js'
import { useStickToEnd } from './use-stick-to-end.js'

interface GrowingListProps<T> {
  items: readonly T[]
  /** So many are drawn at first, and as many more with each wish for more. */
  page: number
  className: string
  label: string
  children: (item: T) => ReactNode
}

/** A scrolling list that grows at its end and stays there, until its reader scrolls away. */
export function GrowingList<T>({ items, page, className, label, children }: GrowingListProps<T>) {
  const [shownCount, setShownCount] = useState(page)
  const { ref, atEnd, onScroll, toEnd } = useStickToEnd<HTMLDivElement>(items)
  const hidden = Math.max(0, items.length - shownCount)
  return (
    <div className="scroll-box">
      <div
        className={`scroller ${className}`}
        ref={ref}
        onScroll={onScroll}
        role="log"
        aria-label={label}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
      >
        {hidden > 0 && (
          <button type="button" className="button" onClick={() => setShownCount(shownCount + page)}>
            Show earlier ({count(hidden)})
          </button>
        )}
        {items.slice(hidden).map(children)}
      </div>
      {!atEnd && (
        <button type="button" className="button to-end" onClick={toEnd}>
          <Icon name="down" /> Newest
        </button>
      )}
    </div>
  )
}
