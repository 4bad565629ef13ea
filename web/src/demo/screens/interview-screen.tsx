import { RecorderProvider } from '@interviewlm/recorder-sdk/adapters/react'
import { useCallback, useEffect, useRef, useState } from 'react'
import { HelpDialog, type Shortcut } from '../../ui/help-dialog.js'
import { useMedia } from '../../ui/use-media.js'
import type { Interview } from '../interview.js'
import { useStore } from '../store.js'
import { AssistantPane } from './assistant-pane.js'
import { Banners } from './banners.js'
import { BreakCover } from './break-cover.js'
import { ClosedScreen } from './closed-screen.js'
import { CodePane } from './code-pane.js'
import { InterviewHeader } from './interview-header.js'
import { SubmitDialog } from './submit-dialog.js'
import { SubmittingCover } from './submitting-cover.js'
import { TaskPane, type TaskTab } from './task-pane.js'
import { TerminalPane } from './terminal-pane.js'
import { TimeUpCover } from './time-up-cover.js'

type NarrowPane = 'task' | 'code' | 'terminal' | 'assistant'

const NARROW_PANES: [NarrowPane, string][] = [
  ['task', 'Task, tests'],
  ['code', 'Code'],
  ['terminal', 'Terminal'],
  ['assistant', 'Assistant'],
]

const SHORTCUTS: Shortcut[] = [
  [['Ctrl', 'S'], 'save the file'],
  [['Ctrl', 'F'], 'search in the file'],
  [['Ctrl', 'Space'], 'complete'],
  [['Ctrl', 'Enter'], 'run the tests'],
  [['Esc', 'Tab'], 'leave the editor'],
  [['Shift', 'Tab'], 'leave the terminal'],
]

/** The interview itself: task, files, terminal, assistant, and what becomes of them at the end. */
export function InterviewScreen({
  interview,
  onStartAgain,
}: {
  interview: Interview
  onStartAgain: () => void
}) {
  const phase = useStore(interview.phase)
  const narrow = useMedia('(max-width: 899px)')
  const [narrowPane, setNarrowPane] = useState<NarrowPane>('code')
  const [taskTab, setTaskTab] = useState<TaskTab>('task')
  const [dialog, setDialog] = useState<'none' | 'help' | 'submit'>('none')
  const close = useCallback(() => setDialog('none'), [])
  const isTimeUp = phase.kind === 'time is up'
  useEffect(() => {
    // A dialog would stand before what is said of it.
    if (isTimeUp) setDialog('none')
  }, [isTimeUp])

  const runTests = () => {
    // Not behind a cover or a dialog: what happens during a break is not recorded.
    if (phase.kind !== 'working' || dialog !== 'none') return
    if (!interview.shell.runLine('npm test')) return
    setTaskTab('tests')
    setNarrowPane('task')
  }
  useRunKey(runTests)

  const { sessionId } = interview.session
  if (phase.kind === 'submitted') {
    const { receipt } = phase
    return <ClosedScreen {...{ sessionId, submitted: receipt, signed: receipt.signed, onStartAgain }} />
  }
  if (phase.kind === 'ended')
    return (
      <ClosedScreen
        sessionId={sessionId}
        isTimeUp={phase.isTimeUp}
        signed={phase.signed}
        onStartAgain={onStartAgain}
      />
    )

  return (
    <RecorderProvider recorder={interview.recorder}>
      <div className="demo" data-narrow-pane={narrow ? narrowPane : undefined}>
        <InterviewHeader
          interview={interview}
          onHelp={() => setDialog('help')}
          onSubmit={() => setDialog('submit')}
        />
        <Banners interview={interview} />
        {narrow && (
          <nav className="pane-bar tabs demo-narrow-tabs" aria-label="Panes">
            {NARROW_PANES.map(([each, name]) => (
              <button
                key={each}
                type="button"
                className="tab"
                aria-pressed={each === narrowPane}
                onClick={() => setNarrowPane(each)}
              >
                {name}
              </button>
            ))}
          </nav>
        )}
        <main className="demo-panes" inert={phase.kind !== 'working'}>
          <TaskPane tests={interview.tests} tab={taskTab} onTab={setTaskTab} onRun={runTests} />
          <CodePane workspace={interview.workspace} onRun={runTests} />
          <TerminalPane terminal={interview.terminal} />
          <AssistantPane
            assistant={interview.assistant}
            onInsert={(code) => {
              interview.insert(code)
              if (narrow) setNarrowPane('code')
            }}
          />
        </main>
        {phase.kind === 'on a break' && <BreakCover onEnd={() => interview.endBreak()} />}
        {phase.kind === 'time is up' && (
          <TimeUpCover submitsAtMs={phase.submitsAtMs} onSubmit={() => void interview.submit()} />
        )}
        {phase.kind === 'submitting' && <SubmittingCover />}
        {dialog === 'help' && <HelpDialog shortcuts={SHORTCUTS} onClose={close} />}
        {dialog === 'submit' && <SubmitDialog interview={interview} onClose={close} />}
      </div>
    </RecorderProvider>
  )
}

/** Ctrl Enter, wherever the focus is: before the editor, which has a use of its own for it. */
function useRunKey(run: () => void): void {
  const current = useRef(run)
  current.current = run
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.key !== 'Enter') return
      event.preventDefault()
      event.stopPropagation()
      current.current()
    }
    addEventListener('keydown', onKeyDown, { capture: true })
    return () => removeEventListener('keydown', onKeyDown, { capture: true })
  }, [])
}
