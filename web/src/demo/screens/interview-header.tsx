import { clock as asClock } from '../../ui/format.js'
import { Icon } from '../../ui/icon.js'
import { ThemeButton } from '../../ui/theme-button.js'
import { useNow } from '../../ui/use-now.js'
import { leftMs } from '../clock.js'
import type { Interview } from '../interview.js'
import { QUESTION } from '../problem/problem.js'
import { RecordingStatus } from '../recording/recording-status.js'
import { useStore } from '../store.js'

const SOON_MS = 5 * 60_000

interface InterviewHeaderProps {
  interview: Interview
  onHelp: () => void
  onSubmit: () => void
}

export function InterviewHeader({ interview, onHelp, onSubmit }: InterviewHeaderProps) {
  const phase = useStore(interview.phase)
  const isBusy = phase.kind !== 'working'
  return (
    <header className="topbar demo-header">
      <img src="/favicon.svg" alt="" width="20" height="20" />
      <h1 className="demo-title one-line">{QUESTION.title}</h1>
      <RecordingStatus />
      <span className="spacer" />
      <TimeLeft interview={interview} />
      <button
        type="button"
        className="button"
        onClick={() => interview.takeBreak()}
        disabled={isBusy}
        title="Nothing is recorded during a break"
      >
        <Icon name="pause" />
        <span className="demo-wide-only">Take a break</span>
      </button>
      <button
        type="button"
        className="button demo-wide-only"
        onClick={onHelp}
        title="Keyboard"
        aria-label="Keyboard shortcuts"
      >
        <Icon name="keyboard" />
      </button>
      <ThemeButton />
      <button
        type="button"
        className="button button-primary demo-submit"
        onClick={onSubmit}
        disabled={isBusy}
      >
        Submit
      </button>
    </header>
  )
}

/** Minutes and seconds; near the end they stand out, and at the end it is said. */
function TimeLeft({ interview }: { interview: Interview }) {
  const timeLimitSec = useStore(interview.timeLimitSec)
  const nowMs = useNow() + interview.clock.offsetMs
  const left = leftMs({ startTimeMs: interview.session.startTimeMs, timeLimitSec }, nowMs)
  if (left === null) return null
  const isOver = left <= 0
  return (
    <span
      className="demo-time tabular"
      data-soon={left < SOON_MS || undefined}
      role="timer"
      aria-label={isOver ? 'Time is up' : `${asClock(left)} left`}
    >
      <Icon name="clock" />
      {isOver ? 'Time is up' : asClock(left)}
    </span>
  )
}
