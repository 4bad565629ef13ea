import type { Extension } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import type { EventRecorder } from '../../../client-sdk/src/index.js'
import type { CodeChange } from '../../../protocol/event-schemas.js'

export function plainRecording(recorder: EventRecorder, fileId: string): Extension {
  let isOpen = false
  return EditorView.updateListener.of((update) => {
    if (!isOpen) {
      isOpen = true
      recorder.record({ type: 'editor_open', fileId, data: { content: update.startState.doc.toString() } })
    }
    if (!update.docChanged) return
    const changes: CodeChange[] = []
    update.changes.iterChanges((from, to, _a, _b, inserted) =>
      changes.push([from, to - from, inserted.toString()]),
    )
    recorder.record({ type: 'code_edit', fileId, data: { changes } })
  })
}
