import type { CodeChange } from '../../../protocol/event-schemas.js'
import type { RecordedEvent } from '../../../protocol/events.js'

/**
 * The text that one source's events lead to for one file, by the protocol page alone: nothing of the product's own replay is
 * used. A snapshot that says something else than the edits before it is a finding. Null: they say nothing of it.
 */
export function rebuildText(
  events: readonly RecordedEvent[],
  fileId: string,
): { text: string | null; findings: string[] } {
  const findings: string[] = []
  let text: string | null = null
  for (const { type, data, fileId: file, sourceSeq } of events) {
    if (type === 'session_start') {
      const { files } = data as { files?: { filePath: string; content: string }[] }
      text = files?.find(({ filePath }) => filePath === fileId)?.content ?? text
    } else if (file !== fileId) continue
    else if (type === 'editor_open') text = (data as { content?: string }).content ?? text
    else if (type === 'code_edit') {
      if (text === null) findings.push(`${sourceSeq} edits a file that was never opened`)
      text = changed(text ?? '', (data as { changes: CodeChange[] }).changes, () =>
        findings.push(`${sourceSeq} edits outside of the text`),
      )
    } else if (type === 'code_snapshot') {
      const { content } = data as { content: string }
      if (text !== null && content !== text) findings.push(`snapshot ${sourceSeq} differs from the edits`)
      text = content
    }
  }
  return { text, findings }
}

function changed(before: string, changes: readonly CodeChange[], outside: () => void): string {
  let after = ''
  let at = 0
  for (const [offset, deleted, inserted] of changes) {
    if (offset < at || offset + deleted > before.length) outside()
    after += before.slice(at, offset) + inserted
    at = offset + deleted
  }
  return after + before.slice(at)
}
