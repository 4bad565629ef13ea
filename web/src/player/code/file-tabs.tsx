import { memo } from 'react'
import type { FileState } from '../../../../replay/index.js'
import { visibleText } from '../../ui/visible-text.js'
import { fileKeyOf } from './file-tree.js'

/** As many as fit beside each other; the tree has all. */
const MAX_TABS = 8
const MAX_NAME_CHARS = 120

/** The files that were worked on last, in the order in which they appeared. */
export function openFiles(files: readonly FileState[], shownKey: string | null): FileState[] {
  const worked = files.filter((file) => !file.deleted && (file.editCount > 0 || fileKeyOf(file) === shownKey))
  const latest = [...worked].sort((a, b) => b.lastChangeMs - a.lastChangeMs).slice(0, MAX_TABS)
  return worked.filter((file) => latest.includes(file) || fileKeyOf(file) === shownKey)
}

interface FileTabsProps {
  files: readonly FileState[]
  shownKey: string | null
  activeKey: string | null
  onChoose: (key: string) => void
}

export const FileTabs = memo(function FileTabs({ files, shownKey, activeKey, onChoose }: FileTabsProps) {
  return (
    <nav className="file-tabs" aria-label="Files worked on last">
      {openFiles(files, shownKey).map((file) => {
        const key = fileKeyOf(file)
        const name = file.path.slice(file.path.lastIndexOf('/') + 1) || file.path
        return (
          <button
            key={key}
            type="button"
            className="file-tab"
            aria-current={key === shownKey}
            title={visibleText(file.path, 500)}
            onClick={() => onChoose(key)}
          >
            <span className="theirs one-line">{visibleText(name, MAX_NAME_CHARS)}</span>
            {key === activeKey && (
              <span className="file-active" role="img" aria-label="being edited" title="Being edited" />
            )}
          </button>
        )
      })}
    </nav>
  )
})
