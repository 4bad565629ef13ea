import type { SessionInfo } from '../state.js'
import { withStartFiles } from './files.js'
import type { Reducers } from './fold.js'

export const sessionReducers: Reducers<'session_start' | 'session_submit'> = {
  // A second session_start (a reloaded page tells again) corrects what it names; the beginning stays.
  session_start(fold, event, data) {
    const { files, ...rest } = data
    const before = fold.session
    return {
      session: {
        startMs: before?.startMs ?? event.timestamp,
        questionId: data.questionId ?? before?.questionId ?? null,
        questionTitle: data.questionTitle ?? before?.questionTitle ?? null,
        difficulty: data.difficulty ?? before?.difficulty ?? null,
        language: data.language ?? before?.language ?? null,
        timeLimitSec: data.timeLimit ?? before?.timeLimitSec ?? null,
        data: { ...before?.data, ...rest },
        submittedAtMs: before?.submittedAtMs ?? null,
        submission: before?.submission ?? null,
      },
      ...withStartFiles(fold, event, files ?? []),
    }
  },

  session_submit(fold, event, data) {
    const session = fold.session ?? sessionWithoutStart(fold.firstMs ?? event.timestamp)
    return {
      session: {
        ...session,
        submittedAtMs: event.timestamp,
        submission: { finalCode: data.finalCode ?? null, scores: data.scores ?? null },
      },
    }
  },
}

/** For a recording whose session_start is missing or comes late. */
export const sessionWithoutStart = (startMs: number): SessionInfo => ({
  startMs,
  questionId: null,
  questionTitle: null,
  difficulty: null,
  language: null,
  timeLimitSec: null,
  data: {},
  submittedAtMs: null,
  submission: null,
})
