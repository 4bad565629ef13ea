import type { ListedSession } from '../../data/api.js'
import { STATUS_WORDS } from '../../player/player-header.js'
import { pathOfSession } from '../../routing.js'
import { bytes, clock, count, date, languageName } from '../../ui/format.js'
import { Link } from '../../ui/link.js'
import { oneLine } from '../../ui/visible-text.js'

const ARCHIVE_WORDS: Record<ListedSession['archive'], string> = {
  none: '–',
  pending: 'pending',
  verified: 'verified',
  failed: 'failed',
}

/** Closed sessions, newest first. Each row is one link; up and down move between them. */
export function RecordedTable({ sessions }: { sessions: readonly ListedSession[] }) {
  return (
    <table className="recorded">
      <thead>
        <tr>
          <th scope="col">Candidate</th>
          <th scope="col">Question</th>
          <th scope="col">Language</th>
          <th scope="col">Started</th>
          <th scope="col" className="number">
            Length
          </th>
          <th scope="col" className="number">
            Test results, all runs
          </th>
          <th scope="col" className="number">
            AI turns
          </th>
          <th scope="col">Outcome</th>
          <th scope="col">Archive</th>
        </tr>
      </thead>
      <tbody>
        {sessions.map((session) => (
          <tr key={session.id} data-session-id={session.id}>
            <th scope="row">
              <Link href={pathOfSession(session.id)} className="recorded-link theirs one-line">
                {oneLine(session.candidateId)}
              </Link>
            </th>
            <td className="theirs one-line">{oneLine(session.questionTitle ?? '–')}</td>
            <td className="theirs one-line">
              {session.language === null ? '–' : languageName(oneLine(session.language))}
            </td>
            <td className="tabular">{date(session.startTimeMs)}</td>
            <td className="number tabular">
              {session.endTimeMs === null ? '–' : clock(session.endTimeMs - session.startTimeMs)}
            </td>
            <td className="number tabular">
              <Tests counts={session.counts} />
            </td>
            <td className="number tabular">
              {session.counts === null ? <span className="quiet">–</span> : count(session.counts.aiPrompts)}
            </td>
            <td>
              <span className={session.status === 'ERROR' ? 'failure' : undefined}>
                {STATUS_WORDS[session.status]}
              </span>
            </td>
            <td className="tabular">
              <span className={session.archive === 'failed' ? 'failure' : undefined}>
                {ARCHIVE_WORDS[session.archive]}
              </span>
              {session.archiveBytes !== null && <span className="quiet"> {bytes(session.archiveBytes)}</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Of all runs together: one that failed at first and passed later is no failure, so none is coloured as one. */
function Tests({ counts }: { counts: ListedSession['counts'] }) {
  if (counts === null || counts.testsPassed + counts.testsFailed === 0)
    return <span className="quiet">–</span>
  const { testsPassed, testsFailed } = counts
  return (
    <span
      className="card-tally"
      title={`Results of all runs: ${count(testsPassed)} passed, ${count(testsFailed)} failed`}
    >
      <span className="recorded-of">All runs</span>
      <span>✓{count(testsPassed)}</span>
      <span>✗{count(testsFailed)}</span>
    </span>
  )
}
