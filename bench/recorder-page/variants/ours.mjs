// Our recorder and its CodeMirror adapter, as a platform's page uses them, sending to a real service.

import { createRecorder } from '@interviewlm/recorder-sdk'
import { recordCodeMirror } from '@interviewlm/recorder-sdk/adapters/codemirror'

export function start(/** @type {import('../page.mjs').Service} */ { url, token, filePath }) {
  const recorder = createRecorder({ url, token })
  const settle = async () => {
    await recorder.whenCommitted()
  }
  return {
    extension: recordCodeMirror(recorder, { fileId: filePath, language: 'javascript' }),
    settle,
    stop: async () => {
      await recorder.close({ waitFor: 'committed' })
      const { recordedSeq, committedSeq, notKept, rejected, error } = recorder.status
      return { recordedSeq, committedSeq, notKept, rejected: rejected.length, error: error?.code ?? null }
    },
  }
}
