import { useId, useRef } from 'react'
import { count, counted } from '../ui/format.js'
import { Icon } from '../ui/icon.js'
import { oneLine } from '../ui/visible-text.js'
import './watchers.css'

const GAP_PX = 4
/** As watchers.css has it. */
const LIST_WIDTH_PX = 240
const MAX_NAME_CHARS = 100

/** How many watch, and who: beside it where there is room, in a list of its own everywhere. */
export function Watchers({ count: watcherCount, names }: { count: number; names: readonly string[] }) {
  const listId = useId()
  const button = useRef<HTMLButtonElement>(null)
  const list = useRef<HTMLDivElement>(null)
  // In the top layer nothing cuts it off, and nothing says where it belongs.
  const place = () => {
    if (button.current === null || list.current === null) return
    const { bottom, left } = button.current.getBoundingClientRect()
    const mostLeftPx = document.documentElement.clientWidth - LIST_WIDTH_PX - GAP_PX
    list.current.style.top = `${bottom + GAP_PX}px`
    list.current.style.left = `${Math.max(GAP_PX, Math.min(left, mostLeftPx))}px`
  }
  const shown = names.map((name) => oneLine(name, MAX_NAME_CHARS))
  return (
    <>
      <button type="button" className="button watchers" popoverTarget={listId} ref={button}>
        <Icon name="eye" />
        {count(watcherCount)}
        <span className="visually-hidden"> watching </span>
        <span className="watcher-names theirs one-line">{shown.join(', ')}</span>
      </button>
      <div className="floating watcher-list" id={listId} popover="auto" ref={list} onBeforeToggle={place}>
        <p>Watching now</p>
        <ul>
          {shown.map((name) => (
            <li key={name} className="theirs">
              {name}
            </li>
          ))}
        </ul>
        {watcherCount > names.length && <p>{counted(watcherCount, 'connection')} in all</p>}
      </div>
    </>
  )
}
