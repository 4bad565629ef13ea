import { TASK } from '../problem/problem.js'
import type { TestRunner } from '../runner/test-runner.js'
import { useStore } from '../store.js'
import { RichText } from './rich-text-view.js'
import { RovingTabs } from './roving-tabs.js'
import { TestsPanel } from './tests-panel.js'

export type TaskTab = 'task' | 'tests'

interface TaskPaneProps {
  tests: TestRunner
  tab: TaskTab
  onTab: (tab: TaskTab) => void
  onRun: () => void
}

export function TaskPane({ tests, tab, onTab, onRun }: TaskPaneProps) {
  const run = useStore(tests.view)
  const failed = run?.results.filter(({ outcome }) => outcome === 'failed').length ?? 0
  const passed = run?.results.filter(({ outcome }) => outcome === 'passed').length ?? 0
  return (
    <section className="pane demo-task" aria-label="Task and tests">
      <RovingTabs
        className="pane-bar tabs"
        label="Task and tests"
        controls="demo-task-panel"
        tabs={[
          { id: 'task', content: 'Task' },
          {
            id: 'tests',
            content: (
              <>
                Tests
                {run !== null && (
                  <span className="tab-count tabular" data-lost={failed > 0 || undefined}>
                    {failed > 0 ? `✗ ${failed}` : passed > 0 ? `✓ ${passed}` : ''}
                  </span>
                )}
              </>
            ),
          },
        ]}
        chosen={tab}
        onChoose={(id) => onTab(id as TaskTab)}
      />
      <div
        id="demo-task-panel"
        className="scroller demo-task-panel"
        role="tabpanel"
        aria-label={tab === 'task' ? 'Task' : 'Tests'}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
      >
        {tab === 'task' ? <RichText text={TASK} /> : <TestsPanel run={run} onRun={onRun} />}
      </div>
    </section>
  )
}
