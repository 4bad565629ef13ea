import { createAnalysis } from '../analysis/index.js'
import type { ExportedSession, ReportInput } from '../exports/index.js'
import { exportedSession, sourceOf } from './exports.js'
import { type Draft, record } from './recordings.js'

/** What a report is made of, for these events. */
export function inputOf(drafts: readonly Draft[], fields: Partial<ExportedSession> = {}): ReportInput {
  const events = record(drafts).map((event) => ({ ...event, checkpoint: event.type !== 'code_edit' }))
  const analysis = createAnalysis()
  analysis.add(events)
  const session = exportedSession(fields)
  return {
    source: sourceOf(events),
    session,
    stats: analysis.stats({
      sessionId: session.id,
      status: session.status,
      startMs: session.startMs,
      endMs: session.endMs,
      ratings: new Map(),
    }),
    timeline: analysis.timeline(),
    notes: [],
    ratings: new Map(),
    archiveState: 'verified',
    madeAtMs: 1_700_000_000_000,
  }
}

export const EVIL =
  '</pre></section><script>alert(1)</script><img src=x onerror=alert(1)>&amp;"\'\0\u202e\u2066\ud83d'
/** Each kind of event that a report shows, with something evil in every text. */
export const EVIL_EVERYWHERE: Draft[] = [
  { type: 'session_start', data: { questionTitle: EVIL, files: [{ filePath: EVIL, content: EVIL }] } },
  { type: 'code_snapshot', fileId: EVIL, data: { fileName: EVIL, content: `${EVIL}\n${EVIL}` } },
  { type: 'file_renamed', data: { filePath: EVIL, toPath: `${EVIL}2` } },
  { type: 'terminal_input', data: { command: EVIL, workingDirectory: EVIL } },
  { type: 'terminal_output', data: { output: EVIL, exitCode: 1 } },
  { type: 'test_run_start', data: { fileName: EVIL, testCount: 3 } },
  { type: 'test_result', data: { testName: EVIL, passed: false, error: EVIL, output: EVIL } },
  { type: 'test_result', data: { testName: EVIL, passed: true } },
  { type: 'ai_interaction', data: { role: 'user', content: EVIL, model: EVIL } },
  { type: 'ai_interaction', data: { role: EVIL, content: EVIL, promptQuality: EVIL } },
  { type: 'paste', fileId: EVIL, data: { lengthChars: 100, source: EVIL } },
  { type: 'proctor_note', data: { text: EVIL, author: EVIL } },
  { type: 'rejected', data: { code: EVIL, claimedType: EVIL, sizeBytes: 1 } },
  { type: 'custom:not_recorded', data: { code: EVIL } },
]

/** The same in what the session itself says. */
export const EVIL_SESSION: Partial<ExportedSession> = {
  candidateId: EVIL,
  question: { title: EVIL, language: EVIL, difficulty: EVIL },
  sources: [{ source: 1, role: 'candidate', sub: EVIL, firstSeenMs: 0, lastSeenMs: 0 }],
}
