import { recordPageSignals, type SignalRecorder } from '../../../client-sdk/src/adapters/page-signals.js'
import {
  createRecorder,
  type EventRecorder,
  exportOutboxes,
  type RecordableEvent,
  type Recorder,
} from '../../../client-sdk/src/index.js'
import type { PageSetUp } from '../told.js'
import { startTeller } from './teller.js'

/** An editor as the page of an interview platform has it. */
export interface EditorSide {
  text(): string
  /** Selects, within the bounds of the text. */
  select(from: number, to: number): void
  focus(): void
}

export interface EditorRequest {
  parent: HTMLElement
  text: string
  fileId: string
  language: string
  recorder: EventRecorder
  onChange(): void
}

/** What the test drives the page with. */
export interface InterviewPage extends EditorSide {
  recorder: Recorder
  /** Records an event of the test's own. */
  record(event: RecordableEvent): number
  /** How many entries of each source are on disk, and what pages that were left had no other place for. */
  onDisk(): Promise<Record<string, number>>
}

declare global {
  var interview: InterviewPage | undefined
  /** The machine's clock, whatever the page takes for it. */
  var realNowMs: () => number
}

/**
 * The platform's part of the page: it asks its own server who it is, keeps the file in localStorage at each change, and
 * gives the editor a recorder that tells the test about each event it takes.
 */
export async function openInterview(mount: (request: EditorRequest) => EditorSide): Promise<void> {
  const run = new URLSearchParams(location.search).get('run') ?? ''
  const setUp: PageSetUp = await (await fetch(`/runs/${run}/set-up`)).json()
  const { fileId, language, startText } = setUp
  const teller = startTeller(run)
  const saved = localStorage.getItem(run)
  const text = saved ?? startText

  const recorder = createRecorder({ url: setUp.url, token: setUp.token })
  teller.tell({ kind: 'load', sourceId: recorder.sourceId, text })
  let state = ''
  recorder.on('status', (status) => {
    if (status.state === state) return
    state = status.state
    teller.tell({ kind: 'status', state: status.state, error: status.error?.code ?? null })
  })
  recorder.on('storage-failed', () => teller.tell({ kind: 'storage-failed' }))
  const toldRecorder: SignalRecorder = {
    on: recorder.on.bind(recorder),
    get status() {
      return recorder.status
    },
    record: (event) => {
      const atMs = globalThis.realNowMs()
      const before = recorder.status.recordedSeq
      const seq = recorder.record(event)
      // Not what is left out: in a pause, or of keystrokes.
      if (seq > before) teller.tell({ kind: 'event', seq, event, atMs })
      return seq
    },
  }

  if (saved === null) {
    const files = [{ filePath: fileId, content: text }]
    toldRecorder.record({ type: 'session_start', data: { language, files } })
    localStorage.setItem(run, text)
  }
  recordPageSignals(toldRecorder)
  const parent = document.createElement('main')
  parent.style.height = '400px'
  document.body.append(parent)
  const editor = mount({
    parent,
    text,
    fileId,
    language,
    recorder: toldRecorder,
    onChange: () => {
      const now = editor.text()
      localStorage.setItem(run, now)
      teller.tell({ kind: 'text', text: now })
    },
  })
  editor.focus()
  const onDisk = async () => {
    // Who waits for it is told sooner.
    recorder.whenCommitted().catch(() => {})
    // Of a storage that does not work, or never answers, nothing can be left behind.
    const nothing = new Promise<[]>((resolve) => setTimeout(resolve, 2_000, []))
    const outboxes = await Promise.race([exportOutboxes().catch(() => []), nothing])
    const lastWords = Object.keys(localStorage).filter((key) => key.includes('last words'))
    return Object.fromEntries([
      ...outboxes.map(({ sourceId, entries }) => [sourceId, entries.length] as const),
      ...lastWords.map((key) => [key, 1] as const),
    ])
  }
  globalThis.interview = { ...editor, recorder, onDisk, record: (event) => toldRecorder.record(event) }
}
