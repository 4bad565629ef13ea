import { EditorState } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { recordCodeMirror } from '../../../client-sdk/src/adapters/codemirror.js'
import { recordPageSignals } from '../../../client-sdk/src/adapters/page-signals.js'
import { PageRecorder } from './page-recorder.js'

/** What the tests of page signals look at and reach for. */
export interface SignalsPage {
  recorder: PageRecorder
  editor: EditorView
  /** Milliseconds that the adapter's handlers of pastes and copies took. */
  tookMs: number[]
  stop(): void
}

declare global {
  var signalsPage: SignalsPage
}

const recorder = new PageRecorder()
// The events of the clipboard pass the adapter between these two. Copies are heard last of all, pastes first.
const tookMs: number[] = []
let startedMs = 0
const start = (event: Event) => {
  // The first to ask waits until the browser has read the clipboard; without the adapter that is the editor.
  ;(event as ClipboardEvent).clipboardData?.getData('text/plain')
  startedMs = performance.now()
}
const end = () => {
  tookMs.push(performance.now() - startedMs)
}
addEventListener('paste', start, true)
addEventListener('copy', start)
addEventListener('cut', start)
const stop = recordPageSignals(recorder)
addEventListener('paste', end, true)
addEventListener('copy', end)
addEventListener('cut', end)

const editor = new EditorView({
  parent: document.querySelector('#editor') as HTMLElement,
  state: EditorState.create({ extensions: recordCodeMirror(recorder, { fileId: 'src/a.ts' }) }),
})
// Hashes that follow, as they do before this is loaded, are tested without a browser.
await import('../../../client-sdk/src/adapters/clipboard-hashing.js')
globalThis.signalsPage = { recorder, editor, tookMs, stop }
document.documentElement.dataset.ready = 'yes'
