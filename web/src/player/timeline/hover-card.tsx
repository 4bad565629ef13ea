import type { OverviewMark } from '../../../../replay/index.js'
import { clock, count } from '../../ui/format.js'
import { visibleText } from '../../ui/visible-text.js'
import type { WhatIsThere } from './what-is-there.js'

const SYMBOLS: Record<OverviewMark['kind'], string> = {
  pass: '✓',
  mixed: '◪',
  fail: '✗',
  ai: '○',
  note: '△',
  signal: '▲',
  loss: '✗',
  checkpoint: '|',
}

interface HoverCardProps {
  atMs: number
  startMs: number
  there: WhatIsThere
  /** From the left of the lanes, in percent. */
  left: number
}

/** What lies under the pointer. The same is in the panes, as text, when one goes there. */
export function HoverCard({ atMs, startMs, there, left }: HoverCardProps) {
  const shownMs = there.nearest?.atMs ?? atMs
  return (
    <span className="timeline-hover" aria-hidden="true" style={{ left: `${left}%` }}>
      <span className="hover-card" data-side={left > 70 ? 'left' : left < 30 ? 'right' : 'middle'}>
        <strong className="tabular">{clock(shownMs - startMs)}</strong>
        {there.marks.map(({ mark, count: times }) => (
          <span key={mark.seq} className="hover-mark" data-kind={mark.kind}>
            <span>{SYMBOLS[mark.kind]}</span>
            <span className="theirs">
              {visibleText(mark.label, 200)}
              {times > 1 && ` × ${count(times)}`}
            </span>
          </span>
        ))}
        {there.moreMarks > 0 && <span className="quiet">and {count(there.moreMarks)} more</span>}
        {there.facts.length > 0 && (
          <span className="quiet theirs">{visibleText(there.facts.join(' · '), 300)}</span>
        )}
      </span>
    </span>
  )
}
