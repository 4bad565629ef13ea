import { useEffect, useRef, useState } from 'react'
import type { FileState, ReplayState } from '../../../../replay/index.js'
import { count, counted, languageName } from '../../ui/format.js'
import { Icon } from '../../ui/icon.js'
import { CodeView } from './code-view.js'
import { fileKeyOf, fileRows } from './file-tree.js'
import './code.css'

/** More files than a person looks through; the rest is counted. */
const MAX_LISTED = 300

interface CodePaneProps {
  state: ReplayState
  /** Whether time passes: what changes then glows. */
  moving: boolean
  empty: string
}

/**
 * The files, and one of them. The file being edited comes to the front, its last change in view, until the
 * viewer chooses a file or scrolls away.
 */
export function CodePane({ state, moving, empty }: CodePaneProps) {
  const [chosenKey, setChosenKey] = useState<string | null>(null)
  const [scrolledAway, setScrolledAway] = useState(false)
  const chosen = state.files.find((file) => fileKeyOf(file) === chosenKey)
  const shown = chosen ?? state.activeFile ?? state.files.findLast((file) => !file.deleted) ?? null
  const follows = chosen === undefined && !scrolledAway
  const showsSources = new Set(state.files.map(({ source }) => source)).size > 1

  const follow = () => {
    setChosenKey(null)
    setScrolledAway(false)
  }
  return (
    <section className="pane code-pane" aria-label="Code">
      <FileList
        state={state}
        shownKey={shown === null ? null : fileKeyOf(shown)}
        showsSources={showsSources}
        onChoose={setChosenKey}
      />
      <div className="code-main">
        <header className="pane-bar">
          {shown === null ? (
            <span className="pane-title">Code</span>
          ) : (
            <h2 className="pane-title theirs one-line" title={shown.path}>
              {shown.path}
            </h2>
          )}
          {shown?.deleted && <span className="chip chip-signal">deleted</span>}
          {shown !== null && showsSources && <span className="chip">source {shown.source}</span>}
          <span className="spacer" />
          {shown !== null && <FileFacts file={shown} />}
          <button
            type="button"
            className="button"
            aria-pressed={follows}
            onClick={follows ? () => setScrolledAway(true) : follow}
            title="Show the file being edited, at the place of the last change (F)"
          >
            <Icon name="follow" />
            Follow edits
          </button>
        </header>
        {shown === null ? (
          <p className="pane-empty">{empty}</p>
        ) : (
          <Editor file={shown} glow={moving} follow={follows} onScrolledAway={() => setScrolledAway(true)} />
        )}
      </div>
    </section>
  )
}

function FileFacts({ file }: { file: FileState }) {
  const lines = file.text === '' ? 0 : file.text.split('\n').length
  return (
    <span className="file-facts tabular">
      {file.language !== null && <span className="theirs one-line">{languageName(file.language)}</span>}
      <span>{counted(lines, 'line')}</span>
    </span>
  )
}

interface FileListProps {
  state: ReplayState
  shownKey: string | null
  showsSources: boolean
  onChoose: (key: string) => void
}

function FileList({ state, shownKey, showsSources, onChoose }: FileListProps) {
  const rows = fileRows(state.files)
  const activeKey = state.activeFile === null ? null : fileKeyOf(state.activeFile)
  return (
    <nav className="file-list" aria-label="Files">
      <header className="pane-bar">
        <span className="pane-title">Files</span>
        <span className="quiet tabular">{rows.length > 0 && count(rows.length)}</span>
      </header>
      <ul>
        {rows.slice(0, MAX_LISTED).map(({ key, name, folder, file }) => (
          <li key={key}>
            {folder !== null && folder !== '' && (
              <span className="file-folder theirs one-line" title={folder}>
                {folder}
              </span>
            )}
            <button
              type="button"
              className="file-row"
              data-deleted={file.deleted}
              aria-current={key === shownKey}
              title={file.path}
              onClick={() => onChoose(key)}
            >
              <span className="theirs one-line">{name}</span>
              {showsSources && <span className="quiet tabular">{file.source}</span>}
              {key === activeKey && (
                <span className="file-active" role="img" aria-label="being edited" title="Being edited" />
              )}
            </button>
          </li>
        ))}
      </ul>
      {rows.length > MAX_LISTED && <p className="quiet">and {count(rows.length - MAX_LISTED)} more</p>}
    </nav>
  )
}

interface EditorProps {
  file: FileState
  glow: boolean
  follow: boolean
  onScrolledAway: () => void
}

function Editor({ file, glow, follow, onScrolledAway }: EditorProps) {
  const place = useRef<HTMLDivElement>(null)
  const view = useRef<CodeView>(null)
  useEffect(() => {
    const made = new CodeView(place.current as HTMLDivElement)
    view.current = made
    return () => made.stop()
  }, [])
  useEffect(() => view.current?.show(file, { glow, follow }), [file, glow, follow])
  useEffect(() => {
    if (follow) view.current?.reveal()
  }, [follow])
  return <div className="code-editor" ref={place} onWheel={onScrolledAway} onTouchMove={onScrolledAway} />
}
