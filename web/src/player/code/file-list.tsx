import { memo, useEffect, useRef, useState } from 'react'
import type { FileState } from '../../../../replay/index.js'
import { afterLayout } from '../../ui/after-layout.js'
import { count } from '../../ui/format.js'
import { visibleText } from '../../ui/visible-text.js'
import type { FileChange } from './changes.js'
import { fileRows, filesNamed } from './file-tree.js'

/** More files than a person looks through: they are filtered, or listed as many more with each wish for more. */
const PAGE_FILES = 300
const MAX_NAME_CHARS = 200

const CHANGE_LETTERS: Record<FileChange, string> = { added: 'A', changed: 'M', deleted: 'D' }

interface FileListProps {
  files: readonly FileState[]
  /** The file that is being edited. */
  activeKey: string | null
  shownKey: string | null
  showsSources: boolean
  /** Which files differ from what they are compared with; null where nothing is compared. */
  changes: ReadonlyMap<string, FileChange> | null
  onChoose: (key: string) => void
}

/** All files, by folder; of many those whose path has what is typed. */
export const FileList = memo(function FileList(props: FileListProps) {
  const { files, activeKey, shownKey, showsSources, changes, onChoose } = props
  const [wanted, setWanted] = useState('')
  const [listedCount, setListedCount] = useState(PAGE_FILES)
  const rows = fileRows(wanted === '' ? files : filesNamed(files, wanted))
  const moreCount = Math.max(0, rows.length - listedCount)
  const list = useRef<HTMLUListElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the file in front is the reason to look where its row is
  useEffect(() => {
    const row = list.current?.querySelector('[aria-current="true"]')
    return row ? afterLayout(row, () => bringIntoView(list.current as HTMLElement, row)) : undefined
  }, [shownKey])
  return (
    <nav className="file-list" aria-label="Files">
      <header className="pane-bar">
        <span className="pane-title">Files</span>
        <span className="quiet tabular">{rows.length > 0 && count(rows.length)}</span>
      </header>
      {(files.length > PAGE_FILES || wanted !== '') && (
        <input
          className="field file-filter"
          type="search"
          placeholder="Part of a path"
          aria-label="List files by a part of their path"
          value={wanted}
          maxLength={500}
          spellCheck={false}
          onChange={(change) => setWanted(change.target.value)}
        />
      )}
      {wanted !== '' && rows.length === 0 && <p className="quiet file-none">No file has this in its path.</p>}
      <ul ref={list}>
        {rows.slice(0, listedCount).map(({ key, name, folder, file }) => (
          <li key={key}>
            {folder !== null && folder !== '' && (
              <span className="file-folder theirs one-line" title={visibleText(folder, 500)}>
                {visibleText(folder, MAX_NAME_CHARS)}
              </span>
            )}
            <button
              type="button"
              className="file-row"
              data-deleted={file.deleted}
              aria-current={key === shownKey}
              title={visibleText(file.path, 500)}
              onClick={() => onChoose(key)}
            >
              <span className="theirs one-line">{visibleText(name, MAX_NAME_CHARS)}</span>
              {showsSources && <span className="quiet tabular">{file.source}</span>}
              {changes?.has(key) && <ChangeLetter change={changes.get(key) as FileChange} />}
              {key === activeKey && (
                <span className="file-active" role="img" aria-label="being edited" title="Being edited" />
              )}
            </button>
          </li>
        ))}
        {moreCount > 0 && (
          <li>
            <button type="button" className="button" onClick={() => setListedCount(listedCount + PAGE_FILES)}>
              Show more ({count(moreCount)})
            </button>
          </li>
        )}
      </ul>
    </nav>
  )
})

/** Scrolls the list alone: the player may stand in a page of somebody else's. */
function bringIntoView(list: HTMLElement, row: Element): void {
  const [box, place] = [list.getBoundingClientRect(), row.getBoundingClientRect()]
  list.scrollBy({
    left: outside(place.left, place.right, box.left, box.right),
    top: outside(place.top, place.bottom, box.top, box.bottom),
  })
}

const outside = (from: number, to: number, low: number, high: number): number =>
  from < low ? from - low : to > high ? Math.min(to - high, from - low) : 0

const ChangeLetter = ({ change }: { change: FileChange }) => (
  <span className="file-change" data-change={change} role="img" aria-label={change} title={change}>
    {CHANGE_LETTERS[change]}
  </span>
)
