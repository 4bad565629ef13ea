import { ANNOTATIONS_OBJECT } from '../../../protocol/archive-names.js'
import type { AnnotationView } from '../../../protocol/http/index.js'

/**
 * What reviewers noted and rated, from an archive; nothing where nobody did, or where it can't be read: the recording is
 * there without it.
 */
export async function archivedAnnotations(
  archiveUrl: string,
  send: typeof fetch = fetch,
): Promise<AnnotationView[]> {
  const response = await send(`${archiveUrl.replace(/\/$/, '')}/${ANNOTATIONS_OBJECT}`)
  if (!response.ok) {
    await response.body?.cancel()
    return []
  }
  const { annotations } = (await response.json()) as { annotations: AnnotationView[] }
  return lastVersions(annotations).filter(isAnnotation)
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
