// The least a recorder of edits can do: an update listener that keeps [offset, deleted, inserted]. Nothing is sent.
import { EditorView } from '@codemirror/view'

export function start() {
  /** @type {[number, number, string][][]} */
  const kept = []
  return {
    extension: EditorView.updateListener.of((update) => {
      if (!update.docChanged) return
      /** @type {[number, number, string][]} */
      const changes = []
      update.changes.iterChanges((from, to, _fromB, _toB, inserted) => {
        changes.push([from, to - from, inserted.toString()])
      })
      kept.push(changes)
    }),
    stop: async () => ({ edits: kept.length, jsonChars: JSON.stringify(kept).length }),
  }
}
