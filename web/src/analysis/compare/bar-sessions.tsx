import { useCallback, useEffect, useRef, useState } from 'react'
import type { ComparedSessionsView } from '../../../../protocol/http/index.js'
import { pathOfAnalysis } from '../../routing.js'
import { count, counted, date } from '../../ui/format.js'
import { Icon } from '../../ui/icon.js'
import { Link } from '../../ui/link.js'
import { oneLine } from '../../ui/visible-text.js'
import type { NumberRange } from '../analysis-api.js'
import { useLoaded } from '../use-loaded.js'

/** A page of the sessions whose number lies in a range; `cursor` is that of the page before, null for the first. */
export type ListSessions = (range: NumberRange, cursor: string | null) => Promise<ComparedSessionsView>

interface BarSessionsProps {
  range: NumberRange
  /** The range in words. */
  text: string
  list: ListSessions
  format: (value: number) => string
  /** The marked session. */
  ownId: string | null
  onClose: () => void
}

/** The sessions that a bar is made of, by their number; each leads to its analysis. */
export function BarSessions({ range, text, list, format, ownId, onClose }: BarSessionsProps) {
  const [total, setTotal] = useState<number | null>(null)
  return (
    <section className="bar-sessions" aria-label={text}>
      <div className="bar-sessions-head">
        <strong className="tabular" role="status">
          {text}
          {total !== null && `: ${counted(total, 'session')}`}
        </strong>
        <button
          type="button"
          className="button"
          aria-label={`Hide the sessions of ${text}`}
          onClick={onClose}
        >
          <Icon name="cross" />
        </button>
      </div>
      <ul>
        <Page
          range={range}
          cursor={null}
          shownBefore={0}
          list={list}
          format={format}
          ownId={ownId}
          onTotal={setTotal}
        />
      </ul>
    </section>
  )
}

interface PageProps extends Pick<BarSessionsProps, 'range' | 'list' | 'format' | 'ownId'> {
  cursor: string | null
  shownBefore: number
  onTotal: (total: number) => void
}

function Page(props: PageProps) {
  const { range, cursor, shownBefore, list, format, ownId, onTotal } = props
  const { metric, atLeast, below } = range
  // By what it asks for: the range is made anew whenever the figure is drawn.
  const load = useCallback(
    () => list({ metric, atLeast, below }, cursor),
    [list, metric, atLeast, below, cursor],
  )
  const { data, failure, again } = useLoaded(load)
  const [more, setMore] = useState(false)
  const firstLink = useRef<HTMLLIElement>(null)
  useEffect(() => {
    if (data === null) return
    onTotal(data.count)
    // Whoever asked for more stood on a button that is gone.
    if (cursor !== null) firstLink.current?.querySelector('a')?.focus()
  }, [data, cursor, onTotal])
  if (failure !== null)
    return (
      <li className="quiet" role="alert">
        The service did not answer. No recording is affected.{' '}
        <button type="button" className="button button-outlined" onClick={again}>
          Try again
        </button>
      </li>
    )
  if (data === null) return <li className="quiet">Loading…</li>
  const shown = shownBefore + data.sessions.length
  return (
    <>
      {data.sessions.map(({ id, candidateId, startTime, value }, i) => (
        <li key={id} className="bar-session" ref={i === 0 ? firstLink : undefined}>
          <Link className="figure-link theirs one-line" href={pathOfAnalysis(id)}>
            {oneLine(candidateId)}
          </Link>
          <span className="tabular">{format(value)}</span>
          <span className="quiet tabular">
            {date(startTime)}
            {id === ownId && ', this session'}
          </span>
        </li>
      ))}
      {data.nextCursor !== null &&
        (more ? (
          <Page {...props} cursor={data.nextCursor} shownBefore={shown} />
        ) : (
          <li>
            <button type="button" className="button" onClick={() => setMore(true)}>
              Show more ({count(data.count - shown)})
            </button>
          </li>
        ))}
    </>
  )
}
