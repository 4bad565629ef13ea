import { type Ref, useCallback, useMemo } from 'react'
import { Icon } from '../ui/icon.js'
import { SessionCard } from './card/session-card.js'
import { CardGrid, type CardGridHandle } from './card-grid.js'
import { type Attention, attention } from './live/attention.js'
import type { LiveSession, LiveSessions, LiveView } from './live/live-sessions.js'
import { EVERYTHING, isFiltered, isWanted, sortedIds, textOf, type WallQuery } from './live/wall-query.js'
import { useCardOrder } from './use-card-order.js'
import { WallTools } from './wall-tools.js'

export interface RatedSession extends LiveSession {
  attention: Attention
}

/** The sessions with why to look at each. `offsetMs`: the server's time minus this computer's. */
export const rateSessions = (view: LiveView, offsetMs: number): RatedSession[] | null =>
  view.sessions?.map((session) => ({
    ...session,
    attention: attention(session.summary, session.seen, view.atMs + offsetMs, view.atMs),
  })) ?? null

interface LiveSectionProps {
  live: LiveSessions | null
  view: LiveView
  rated: readonly RatedSession[] | null
  offsetMs: number
  query: WallQuery
  grid: Ref<CardGridHandle>
  onAsk: (change: Partial<WallQuery>) => void
}

/** The live interviews as cards. */
export function LiveSection({ live, view, rated, offsetMs, query, grid, onAsk }: LiveSectionProps) {
  const active = rated?.filter(({ summary }) => summary.status === 'ACTIVE') ?? []
  const byId = useMemo(() => new Map(rated?.map((session) => [session.summary.id, session])), [rated])
  const wantedIds = useMemo(
    () =>
      sortedIds(
        active.filter((session) => isWanted(session, query)),
        query.sort,
        view.atMs + offsetMs,
      ),
    [active, query, view.atMs, offsetMs],
  )
  const knownIds = useMemo(() => new Set(byId.keys()), [byId])
  const order = useCardOrder(wantedIds, knownIds, textOf(query))
  const questions = [...new Set(active.flatMap(({ summary }) => summary.questionTitle ?? []))].sort()
  const onInView = useCallback((ids: readonly string[]) => live?.show(ids), [live])

  return (
    <section aria-labelledby="live-title">
      <div className="section-bar">
        <h2 id="live-title">Live</h2>
        {view.state === 'reconnecting' && <Reconnecting />}
        {order.isStale && (
          <button type="button" className="button button-outlined" onClick={order.arrange}>
            <Icon name="follow" />
            Sort again
          </button>
        )}
        <span className="spacer" />
        {(active.length > 0 || isFiltered(query)) && (
          <WallTools query={query} questions={questions} onAsk={onAsk} />
        )}
      </div>
      {rated === null ? (
        view.isUnanswered ? (
          <Unanswered />
        ) : (
          <CardSkeletons />
        )
      ) : order.ids.length > 0 ? (
        <CardGrid ids={order.ids} label="Live sessions" ref={grid} onInView={onInView} onBusy={order.setBusy}>
          {(id, card) => {
            const session = byId.get(id)
            return (
              session !== undefined && (
                <SessionCard
                  session={session}
                  attention={session.attention}
                  activity={live?.activity.of(id, view.atMs) ?? []}
                  offsetMs={offsetMs}
                  atMs={view.atMs}
                  {...card}
                />
              )
            )
          }}
        </CardGrid>
      ) : active.length > 0 ? (
        <NothingFound query={query} onAsk={onAsk} />
      ) : (
        <NobodyLive />
      )}
    </section>
  )
}

const Reconnecting = () => (
  <span className="chip chip-signal" role="status">
    <Icon name="signal" />
    Reconnecting; what you see may be old
  </span>
)

const Unanswered = () => (
  <div className="notice" data-tone="signal" role="alert">
    <Icon name="signal" />
    <div>
      <strong>The live interviews could not be read</strong>
      The service does not answer, or something between does not let WebSockets pass. No recording is
      affected; it is asked again every few seconds.
    </div>
  </div>
)

function NothingFound({ query, onAsk }: { query: WallQuery; onAsk: (change: Partial<WallQuery>) => void }) {
  const onlyLook = !isFiltered({ ...query, needsLook: false })
  return (
    <div className="wall-empty">
      <p>
        <strong>
          {onlyLook ? 'Nothing needs a look right now.' : 'No live session matches what you asked for.'}
        </strong>
      </p>
      <button
        type="button"
        className="button button-outlined"
        onClick={() => onAsk({ ...EVERYTHING, sort: query.sort })}
      >
        Show all live sessions
      </button>
    </div>
  )
}

const NobodyLive = () => (
  <div className="wall-empty">
    <p>
      <strong>Nobody is being interviewed right now.</strong> A session shows here within a second of its
      first event.
    </p>
    <p>
      To see one without a candidate, run this beside <code>npm start</code>:
    </p>
    <code className="command">npm run simulate</code>
  </div>
)

const CardSkeletons = () => (
  <div className="card-skeletons" aria-busy="true" role="status" aria-label="Loading live sessions">
    {[0, 1, 2].map((i) => (
      <div key={i} className="card skeleton" />
    ))}
  </div>
)
