import type { KeyboardEvent, ReactNode } from 'react'

export interface TabItem {
  id: string
  content: ReactNode
}

interface RovingTabsProps {
  tabs: readonly TabItem[]
  chosen: string | null
  onChoose: (id: string) => void
  /** Id of the element that shows what is chosen. */
  controls: string
  label: string
  className: string
}

/** A list of tabs with one place in the order of Tab; arrows go from one to the next. */
export function RovingTabs({ tabs, chosen, onChoose, controls, label, className }: RovingTabsProps) {
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const at = tabs.findIndex(({ id }) => id === chosen)
    const steps: Record<string, number> = {
      ArrowRight: at + 1,
      ArrowLeft: at - 1,
      Home: 0,
      End: tabs.length - 1,
    }
    const to = steps[event.key]
    const next = to === undefined ? undefined : tabs[(to + tabs.length) % tabs.length]
    if (next === undefined) return
    event.preventDefault()
    onChoose(next.id)
    const list = event.currentTarget
    // The tab that is chosen is the one that can be focused; that is so once it is drawn.
    requestAnimationFrame(() => list.querySelector<HTMLElement>('[aria-selected="true"]')?.focus())
  }
  return (
    <div className={className} role="tablist" aria-label={label} onKeyDown={onKeyDown}>
      {tabs.map(({ id, content }) => (
        <button
          key={id}
          type="button"
          role="tab"
          className="tab"
          aria-selected={id === chosen}
          aria-controls={controls}
          tabIndex={id === chosen ? 0 : -1}
          onClick={() => onChoose(id)}
        >
          {content}
        </button>
      ))}
    </div>
  )
}
