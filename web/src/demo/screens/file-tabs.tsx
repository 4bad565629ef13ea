import { type FormEvent, type KeyboardEvent, useState } from 'react'
import { Icon, type IconName } from '../../ui/icon.js'
import { useModal } from '../../ui/use-modal.js'
import { wrongPath } from '../shell/files.js'
import { useStore } from '../store.js'
import type { Workspace } from '../workspace/workspace.js'
import { RovingTabs } from './roving-tabs.js'

type Asking =
  | { kind: 'nothing' }
  | { kind: 'new' }
  | { kind: 'rename'; path: string }
  | { kind: 'delete'; path: string }

/** The files as tabs, and what can be done to them: make, rename, delete. */
export function FileTabs({ workspace }: { workspace: Workspace }) {
  const { paths, activePath, unsaved } = useStore(workspace.view)
  const [asking, setAsking] = useState<Asking>({ kind: 'nothing' })
  const done = () => {
    setAsking({ kind: 'nothing' })
    workspace.activeEditor?.focus()
  }
  return (
    <>
      <RovingTabs
        className="tabs demo-file-tabs"
        label="Files"
        controls="demo-editors"
        tabs={paths.map((path) => ({
          id: path,
          content: (
            <>
              <span className="theirs">{path}</span>
              {unsaved.has(path) && (
                <span className="demo-unsaved" title="Not saved yet">
                  <span className="visually-hidden">, not saved</span>
                </span>
              )}
            </>
          ),
        }))}
        chosen={activePath}
        onChoose={(path) => workspace.show(path)}
      />
      <span className="demo-file-actions">
        <FileButton icon="plus" label="New file" onClick={() => setAsking({ kind: 'new' })} />
        {activePath !== null && (
          <>
            <FileButton
              icon="pencil"
              label={`Rename ${activePath}`}
              onClick={() => setAsking({ kind: 'rename', path: activePath })}
            />
            <FileButton
              icon="bin"
              label={`Delete ${activePath}`}
              onClick={() => setAsking({ kind: 'delete', path: activePath })}
            />
          </>
        )}
      </span>
      <span className="spacer" />
      {(asking.kind === 'new' || asking.kind === 'rename') && (
        <NameDialog
          title={asking.kind === 'new' ? 'New file' : 'Rename file'}
          path={asking.kind === 'rename' ? asking.path : ''}
          taken={paths}
          onName={(path) => {
            if (asking.kind === 'rename') workspace.rename(asking.path, path)
            else workspace.create(path)
            workspace.show(path)
          }}
          onClose={done}
        />
      )}
      {asking.kind === 'delete' && (
        <DeleteDialog path={asking.path} onDelete={() => workspace.remove(asking.path)} onClose={done} />
      )}
    </>
  )
}

function FileButton({ icon, label, onClick }: { icon: IconName; label: string; onClick: () => void }) {
  return (
    <button type="button" className="button" title={label} aria-label={label} onClick={onClick}>
      <Icon name={icon} />
    </button>
  )
}

interface NameDialogProps {
  title: string
  path: string
  taken: readonly string[]
  onName: (path: string) => void
  onClose: () => void
}

function NameDialog({ title, path, taken, onName, onClose }: NameDialogProps) {
  const { modal, close } = useModal(onClose)
  const [name, setName] = useState(path)
  const trimmed = name.trim()
  const wrong =
    wrongPath(trimmed) ??
    (trimmed !== path && taken.includes(trimmed) ? 'There is a file of this name.' : null)
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || wrong === null) return
    // A form that can't be accepted stays open.
    event.preventDefault()
  }
  const onSubmit = (event: FormEvent) => {
    event.preventDefault()
    if (wrong === null) onName(trimmed)
    close()
  }
  return (
    <dialog className="help" {...modal} aria-labelledby="name-title">
      <h2 id="name-title">{title}</h2>
      <form onSubmit={onSubmit}>
        <label htmlFor="file-name">Name</label>
        <input
          id="file-name"
          className="field demo-name-field"
          value={name}
          spellCheck={false}
          autoComplete="off"
          placeholder="util.js"
          aria-invalid={trimmed !== '' && wrong !== null}
          aria-describedby="file-name-problem"
          onChange={(event) => setName(event.target.value)}
          onKeyDown={onKeyDown}
        />
        <p id="file-name-problem" className="failure" role="status">
          {trimmed === '' ? '' : (wrong ?? '')}
        </p>
        <div className="notice-actions">
          <button type="submit" className="button button-primary" disabled={wrong !== null}>
            {path === '' ? 'Make file' : 'Rename'}
          </button>
          <button type="button" className="button button-outlined" onClick={close}>
            Cancel
          </button>
        </div>
      </form>
    </dialog>
  )
}

function DeleteDialog({
  path,
  onDelete,
  onClose,
}: {
  path: string
  onDelete: () => void
  onClose: () => void
}) {
  const { modal, closeBySubmit } = useModal(onClose)
  return (
    <dialog className="help" {...modal} aria-labelledby="delete-title">
      <h2 id="delete-title">
        Delete <span className="theirs">{path}</span>?
      </h2>
      <p>Undo does not bring it back.</p>
      <form className="notice-actions" onSubmit={closeBySubmit}>
        <button type="submit" className="button button-outlined" onClick={onDelete}>
          Delete
        </button>
        <button type="submit" className="button button-outlined">
          Keep
        </button>
      </form>
    </dialog>
  )
}
