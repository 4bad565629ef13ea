import type { OverviewMark } from '../../../../replay/index.js'
import { clock, count, counted } from '../../ui/format.js'
import { MaskedText } from '../../ui/masked-text.js'
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
  /** How many marks of the whole interview found no room on the timeline. */
  leftOutCount: number
  /** From the left of the lanes, in percent. */
  left: number
}

/** What lies under the pointer or was touched. The same is in the panes, as text, when one goes there. */
export function HoverCard({ atMs, startMs, there, leftOutCount, left }: HoverCardProps) {
  const shownMs = there.nearest?.atMs ?? atMs
  return (
    <span className="timeline-hover" aria-hidden="true" style={{ left: `${left}%` }}>
      {/* As far to the left of its place as that is from the lanes' own left: it lies within them wherever it is. */}
      <span className="floating hover-card" style={{ transform: `translateX(-${left}%)` }}>
        <strong className="tabular">{clock(shownMs - startMs)}</strong>
        {there.marks.map(({ mark, count: times }) => (
          <span key={mark.seq} className="hover-mark" data-kind={mark.kind}>
            <span>{SYMBOLS[mark.kind]}</span>
            <span className="theirs">
              <MaskedText text={visibleText(mark.label, 200)} />
              {times > 1 && ` × ${count(times)}`}
            </span>
          </span>
        ))}
        {there.moreMarks > 0 && <span className="quiet">and {count(there.moreMarks)} more</span>}
        {there.facts.length > 0 && (
          <span className="quiet theirs">{visibleText(there.facts.join(' · '), 300)}</span>
        )}
        {leftOutCount > 0 && (
          <span className="quiet">
            Too much for a timeline: {counted(leftOutCount, 'mark')} of the interview left out
          </span>
        )}
      </span>
    </span>
  )
}
