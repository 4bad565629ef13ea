import { useEffect, useRef } from 'react'
import { Icon } from '../../ui/icon.js'
import { useStore } from '../store.js'
import type { Workspace } from '../workspace/workspace.js'
import { FileTabs } from './file-tabs.js'

export function CodePane({ workspace, onRun }: { workspace: Workspace; onRun: () => void }) {
  const { activePath } = useStore(workspace.view)
  const parent = useRef<HTMLDivElement>(null)
  useEffect(() => {
    parent.current?.append(workspace.element)
  }, [workspace])
  return (
    <section className="pane demo-code" aria-label="Code">
      <header className="pane-bar demo-code-bar">
        <FileTabs workspace={workspace} />
        <button type="button" className="button" onClick={onRun} title="npm test (Ctrl Enter)">
          <Icon name="play" /> <span className="demo-wide-only">Run tests</span>
        </button>
      </header>
      <div
        id="demo-editors"
        className="demo-editors-box"
        role="tabpanel"
        aria-label={activePath ?? 'No file'}
        ref={parent}
      />
      {activePath === null && (
        <p className="pane-empty">There is no file. Make one with the plus sign above.</p>
      )}
    </section>
  )
}
