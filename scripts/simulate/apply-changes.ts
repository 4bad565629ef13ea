import type { CodeChange } from '../../protocol/event-schemas.js'

/** The text after changes whose offsets are all those of the text before. */
export function applyChanges(text: string, changes: readonly CodeChange[]): string {
  for (const [offset, deleted, inserted] of changes.toReversed()) {
    text = text.slice(0, offset) + inserted + text.slice(offset + deleted)
  }
  return text
}
