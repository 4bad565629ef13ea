import { counted } from '../../ui/format.js'
import { Icon } from '../../ui/icon.js'
import { matches } from '../live/wall-query.js'
import { RecordedTable } from './recorded-table.js'
import type { Recorded } from './use-recorded.js'

/** The recorded interviews, page by page. */
export function RecordedSection({ recorded, search }: { recorded: Recorded; search: string }) {
  const shown = recorded.sessions?.filter((each) => matches(each, search)) ?? null
  return (
    <section aria-labelledby="recorded-title">
      <div className="section-bar">
        <h2 id="recorded-title">Recorded</h2>
      </div>
      {recorded.failed && (
        <div className="notice" data-tone="signal" role="alert">
          <Icon name="signal" />
          <div>
            <strong>The list of recordings could not be read</strong>
            The service did not answer. No recording is affected; it is asked again every few seconds.
          </div>
        </div>
      )}
      {shown === null ? (
        !recorded.failed && <RowSkeletons />
      ) : shown.length > 0 ? (
        <RecordedTable sessions={shown} />
      ) : (
        <p className="wall-empty">
          {search === ''
            ? 'No recordings yet. An interview comes here when it is closed.'
            : recorded.hasMore
              ? `None of the newest ${counted(recorded.sessions?.length ?? 0, 'recorded session')} matches the search.`
              : 'No recorded session matches the search.'}
        </p>
      )}
      {recorded.hasMore && (
        <button type="button" className="button button-outlined more" onClick={recorded.more}>
          Show older recordings
        </button>
      )}
    </section>
  )
}

const RowSkeletons = () => (
  <div className="row-skeletons" aria-busy="true" role="status" aria-label="Loading recordings">
    {[0, 1, 2, 3].map((i) => (
      <div key={i} className="skeleton" />
    ))}
  </div>
)
