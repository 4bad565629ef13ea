import type { FileState } from '../../../../replay/index.js'

export interface FileRow {
  key: string
  /** The last part of the path. */
  name: string
  /** The folders before it, '' at the top. Set where it differs from the row above. */
  folder: string | null
  file: FileState
}

export const fileKeyOf = (file: Pick<FileState, 'source' | 'path'>): string => `${file.source} ${file.path}`

/** The files whose path has a text in it, in any case. */
export function filesNamed(files: readonly FileState[], text: string): FileState[] {
  const wanted = text.toLowerCase()
  return files.filter(({ path }) => path.toLowerCase().includes(wanted))
}

/** Files by folder and name; what was deleted or renamed away comes last. */
export function fileRows(files: readonly FileState[]): FileRow[] {
  const shown = files.filter((file) => file.renamedTo === null)
  const ordered = [...shown].sort(
    (a, b) =>
      Number(a.deleted) - Number(b.deleted) || compare(folderOf(a), folderOf(b)) || compare(a.path, b.path),
  )
  let above: string | null = null
  return ordered.map((file) => {
    const folder = folderOf(file)
    const heading = folder === above ? null : folder
    above = folder
    return {
      key: fileKeyOf(file),
      name: file.path.slice(folder === '' ? 0 : folder.length + 1),
      folder: heading,
      file,
    }
  })
}

const folderOf = (file: FileState): string => file.path.slice(0, Math.max(0, file.path.lastIndexOf('/')))
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
