import { ANNOTATIONS_OBJECT } from '../../../protocol/archive-names.js'
import type { AnnotationView } from '../../../protocol/http/index.js'
import { archivedJson } from './archived-json.js'

interface ArchivedAnnotations {
  annotations: AnnotationView[]
}

/**
 * What reviewers noted and rated, from an archive; nothing where nobody did.
 * @throws {Error} where it can't be read
 */
export async function archivedAnnotations(
  archiveUrl: string,
  send?: typeof fetch,
): Promise<AnnotationView[]> {
  const archived = await archivedJson(archiveUrl, ANNOTATIONS_OBJECT, send)
  if (archived === null) return []
  return lastVersions((archived as ArchivedAnnotations).annotations).filter(isAnnotation)
}

/** An archive may have been written by anybody: what can't be shown is left out. */
const isAnnotation = ({ kind, author, text, atMs, targetSeq, value }: AnnotationView): boolean =>
  typeof kind === 'string' &&
  typeof author === 'string' &&
  (text === null || typeof text === 'string') &&
  typeof atMs === 'number' &&
  isNumberOrNull(targetSeq) &&
  isNumberOrNull(value)

const isNumberOrNull = (value: unknown): boolean => value === null || typeof value === 'number'

/** Each annotation, of the rows of annotations.json (docs/archive.md), as it stands: the last version of its id, unless that takes it back. */
export function lastVersions(rows: readonly AnnotationView[]): AnnotationView[] {
  const last = new Map(rows.map((row) => [row.id, row]))
  return [...last.values()].filter(({ retracted }) => !retracted)
}
