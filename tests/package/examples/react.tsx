import { EditorView } from '@codemirror/view'
import { createRecorder } from '@interviewlm/recorder-sdk'
import { recordCodeMirror } from '@interviewlm/recorder-sdk/adapters/codemirror'
import { recordPageSignals } from '@interviewlm/recorder-sdk/adapters/page-signals'
import { RecorderProvider, useRecorder, useRecordingStatus } from '@interviewlm/recorder-sdk/adapters/react'
import { statusText } from '@interviewlm/recorder-sdk/status-text'
import { useEffect, useRef } from 'react'

export function Interview({ url, token }: { url: string; token: () => Promise<string> }) {
  return (
    <RecorderProvider create={() => createRecorder({ url, token })}>
      <PageSignals />
      <RecordingStatus />
      <Editor fileId="src/sum.ts" content={'// sum\n'} />
    </RecorderProvider>
  )
}

/** Once in a page: two of them would tell everything twice. */
function PageSignals() {
  const recorder = useRecorder()
  // Null until the provider has made it, right after mounting.
  useEffect(() => (recorder ? recordPageSignals(recorder) : undefined), [recorder])
  return null
}

function RecordingStatus() {
  // Rendered when the text changes, not with every event.
  return <p>{useRecordingStatus((status) => statusText(status))}</p>
}

function Editor({ fileId, content }: { fileId: string; content: string }) {
  const recorder = useRecorder()
  const parent = useRef<HTMLDivElement>(null)

  useEffect(() => {
    if (!recorder || !parent.current) return
    const recorded = recordCodeMirror(recorder, { fileId, language: 'typescript' })
    const view = new EditorView({ parent: parent.current, doc: content, extensions: [recorded] })
    return () => view.destroy()
  }, [recorder, fileId, content])

  return <div ref={parent} data-recorder-file={fileId} />
}
