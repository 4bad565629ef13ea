import type { EditorView } from '@codemirror/view'

/**
 * Runs what changes an editor. With each transaction CodeMirror asks the page where its selection is, as long as there is none,
 * and for that the whole page is laid out at once: half of what a jump took in the editor. Of an editor that does not have the
 * focus it makes nothing of the answer, and it hears of a new selection by an event anyway.
 */
export function withUnreadSelection({ root, contentDOM }: EditorView, change: () => void): void {
  if (root.activeElement === contentDOM) {
    change()
    return
  }
  // Null is what a page out of sight answers, so an editor takes it as an answer.
  Object.defineProperty(root, 'getSelection', { value: () => null, configurable: true })
  try {
    change()
  } finally {
    Reflect.deleteProperty(root, 'getSelection')
  }
}
