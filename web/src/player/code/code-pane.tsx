import { memo, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { FileState } from '../../../../replay/index.js'
import { clock, count, counted, languageName } from '../../ui/format.js'
import { Icon } from '../../ui/icon.js'
import { visibleText } from '../../ui/visible-text.js'
import type { Playback, PlaybackView } from '../playback.js'
import { type BaseKind, type Comparison, changedFiles, compare } from './changes.js'
import { CodeView } from './code-view.js'
import { FileList } from './file-list.js'
import { FileTabs } from './file-tabs.js'
import { fileKeyOf } from './file-tree.js'
import { shownText } from './shown-text.js'
import { useBase } from './use-base.js'
import './code.css'

/** The text alone, or what became of it. */
export type CodeMode = 'code' | 'changes'

const BASES: [BaseKind, string][] = [
  ['checkpoint', 'since the last checkpoint'],
  ['visited', 'since where you were'],
  ['start', 'since the start'],
]

interface CodePaneProps {
  playback: Playback
  view: PlaybackView
  empty: string
  mode: CodeMode
  onMode: (mode: CodeMode) => void
  /** Whether the file being edited comes to the front, its last change in view. */
  follows: boolean
  onFollows: (follows: boolean) => void
  /** A text that is being looked for; '' without one. */
  foundText: string
}

/** The files, and one of them: the one being edited, until the viewer chooses a file or scrolls away. */
export const CodePane = memo(function CodePane({
  playback,
  view,
  empty,
  mode,
  onMode,
  follows,
  onFollows,
  foundText,
}: CodePaneProps) {
  const { state } = view
  const [chosenKey, setChosenKey] = useState<string | null>(null)
  const [baseKind, setBaseKind] = useState<BaseKind>('checkpoint')
  const front = state.activeFile ?? state.files.findLast((file) => !file.deleted) ?? null
  const chosen = state.files.find((file) => fileKeyOf(file) === chosenKey)
  const shown = follows ? front : (chosen ?? front)
  const shownKey = shown === null ? null : fileKeyOf(shown)
  const activeKey = state.activeFile === null ? null : fileKeyOf(state.activeFile)
  const showsSources = new Set(state.files.map(({ source }) => source)).size > 1
  // Where following ends, however it ends, the file that is in front stays there.
  useEffect(() => {
    if (follows) setChosenKey(shownKey)
  }, [follows, shownKey])

  const base = useBase(playback, view, mode === 'changes' ? baseKind : null)
  const changes = useMemo(
    () => (base === null ? null : changedFiles(base.texts, state.files)),
    [base, state.files],
  )
  const shownIs = useMemo(() => shownText(shown?.text ?? ''), [shown?.text])
  const before = base === null || shownKey === null ? null : (base.texts.get(shownKey) ?? '')
  const comparison = useMemo(
    () => (before === null ? null : compare(shownText(before).text, shownIs.text)),
    [before, shownIs],
  )

  const choose = useCallback(
    (key: string) => {
      setChosenKey(key)
      onFollows(false)
    },
    [onFollows],
  )
  return (
    <section className="pane code-pane" aria-label="Code">
      <FileList
        files={state.files}
        activeKey={activeKey}
        shownKey={shownKey}
        showsSources={showsSources}
        changes={changes}
        onChoose={choose}
      />
      <div className="code-main">
        <header className="pane-bar code-bar">
          {shown === null ? (
            <span className="pane-title">Code</span>
          ) : (
            <FileTabs files={state.files} shownKey={shownKey} activeKey={activeKey} onChoose={choose} />
          )}
          {shown?.deleted && <span className="chip chip-signal">deleted</span>}
          {shown !== null && showsSources && <span className="chip">source {shown.source}</span>}
          <span className="spacer" />
          {shown !== null && <FileFacts file={shown} />}
          <button
            type="button"
            className="button"
            aria-pressed={mode === 'changes'}
            onClick={() => onMode(mode === 'changes' ? 'code' : 'changes')}
            title="Show what changed (D)"
          >
            <Icon name="diff" />
            Changes
          </button>
          <button
            type="button"
            className="button"
            aria-pressed={follows}
            onClick={() => onFollows(!follows)}
            title="Show the file being edited, at the place of the last change (F)"
          >
            <Icon name="follow" />
            <span className="code-bar-word">Follow edits</span>
          </button>
        </header>
        {mode === 'changes' && shown !== null && (
          <p className="pane-note">
            <select
              className="field"
              aria-label="Compare with"
              value={baseKind}
              onChange={(change) => setBaseKind(change.target.value as BaseKind)}
            >
              {BASES.map(([kind, label]) => (
                <option key={kind} value={kind}>
                  Changes {label}
                </option>
              ))}
            </select>
            <ChangeFacts
              baseMs={base === null ? null : base.atMs - view.overview.startMs}
              comparison={comparison}
              changedCount={changes?.size ?? 0}
            />
          </p>
        )}
        {shownIs.cuts.length > 0 && (
          <p className="pane-note">
            {shownIs.cuts.length === 1 ? 'A line is' : `${count(shownIs.cuts.length)} lines are`} too long to
            be shown and cut here; the recording has all of it.
          </p>
        )}
        {shown === null ? (
          <p className="pane-empty">{empty}</p>
        ) : (
          <Editor
            file={shown}
            view={view}
            follow={follows}
            diff={mode === 'changes' ? (comparison?.diff ?? null) : null}
            foundText={foundText}
            onScrolledAway={() => onFollows(false)}
          />
        )}
      </div>
    </section>
  )
})

function ChangeFacts({
  baseMs,
  comparison,
  changedCount,
}: {
  baseMs: number | null
  comparison: Comparison | null
  changedCount: number
}) {
  if (baseMs === null) return <span>Looking for what to compare with…</span>
  const at = `at ${clock(baseMs)}`
  if (comparison === null) return <span>{at}; this file is too long to be compared here</span>
  const { linesAdded, linesDeleted } = comparison
  return (
    <span className="tabular" role="status">
      {at}:{' '}
      {linesAdded + linesDeleted === 0 ? (
        'this file is the same'
      ) : (
        <>
          <span className="diff-plus">+{count(linesAdded)}</span>{' '}
          <span className="diff-minus">−{count(linesDeleted)}</span>
        </>
      )}
      {changedCount > 0 && `; ${counted(changedCount, 'file')} changed`}
    </span>
  )
}

function FileFacts({ file }: { file: FileState }) {
  const lines = useMemo(() => lineCountOf(file.text), [file.text])
  return (
    <span className="file-facts tabular">
      {file.language !== null && (
        <span className="theirs one-line">{visibleText(languageName(file.language), 40)}</span>
      )}
      <span>{counted(lines, 'line')}</span>
    </span>
  )
}

function lineCountOf(text: string): number {
  if (text === '') return 0
  let lines = 1
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1
  return lines
}

interface EditorProps {
  file: FileState
  view: PlaybackView
  follow: boolean
  diff: Comparison['diff'] | null
  foundText: string
  onScrolledAway: () => void
}

function Editor({ file, view, follow, diff, foundText, onScrolledAway }: EditorProps) {
  const place = useRef<HTMLDivElement>(null)
  const code = useRef<CodeView>(null)
  useEffect(() => {
    const made = new CodeView(place.current as HTMLDivElement)
    code.current = made
    return () => made.stop()
  }, [])
  const { mode, speed } = view
  const { atMs } = view.state
  useEffect(() => code.current?.show(file, { mode, atMs, follow }), [file, mode, atMs, follow])
  // biome-ignore lint/correctness/useExhaustiveDependencies: a diff belongs to the text that was just shown
  useEffect(() => code.current?.showDiff(diff), [diff, file])
  useEffect(() => code.current?.markFound(foundText), [foundText])
  useEffect(() => {
    if (follow) code.current?.reveal()
  }, [follow])
  return (
    <div
      className="code-editor"
      ref={place}
      data-still={mode === 'paused'}
      style={{ '--glow-ms': `${mode === 'following' ? 1000 : 1000 / speed}ms` } as React.CSSProperties}
      onWheel={onScrolledAway}
      onTouchMove={onScrolledAway}
    />
  )
}
