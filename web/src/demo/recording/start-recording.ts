import { createRecorder, type Recorder } from '@interviewlm/recorder-sdk'
import { recordPageSignals } from '@interviewlm/recorder-sdk/adapters/page-signals'

export interface StartRecordingOptions {
  /** Where the recorder service is. */
  url: string
  /** The candidate's. */
  token: string
  /** What the interview begins with; null where this tab goes on with one that it has begun. */
  beginning: {
    question: { id: string; title: string; difficulty: string; language: string }
    timeLimitSec: number | null
    files: readonly { path: string; text: string }[]
  } | null
}

/** Starts the recording of this page: from here on, until `recorder.close()`. */
export function startRecording({ url, token, beginning }: StartRecordingOptions): Recorder {
  const recorder = createRecorder({ url, token })
  if (beginning !== null) {
    const { question, timeLimitSec, files } = beginning
    recorder.record({
      type: 'session_start',
      data: {
        questionId: question.id,
        questionTitle: question.title,
        difficulty: question.difficulty,
        language: question.language,
        timeLimit: timeLimitSec,
        files: files.map(({ path, text }) => ({ filePath: path, content: text })),
      },
    })
  }
  recordPageSignals(recorder)
  return recorder
}
