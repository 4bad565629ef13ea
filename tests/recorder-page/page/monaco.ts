import * as monaco from 'monaco-editor'
import { openInterview } from './interview.js'

await openInterview(({ parent, text, onChange }) => {
  const editor = monaco.editor.create(parent, { value: text })
  editor.onDidChangeModelContent(onChange)
  return { text: () => editor.getValue(), select: () => {}, focus: () => editor.focus() }
})
