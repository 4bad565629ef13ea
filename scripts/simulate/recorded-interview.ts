import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { CANDIDATE_EVENT_TYPES, isCustomType } from '../../protocol/event-types.js'
import type { Interview, InterviewEvent } from './interview.js'

/** Of an event as it is read, what playing it again needs. */
interface Line {
  timestamp: number
  type: string
  data: Record<string, unknown>
  fileId?: string | null
  checkpoint?: boolean
}

/**
 * An interview as it was recorded: from `npm run export -- … ndjson`, or the sample of the demo interview. What the tab
 * recorded is played, whichever of its loads; words of proctors and of the service are left out.
 * @throws Error saying what the file is not
 */
export function recordedInterview(file: string): Interview {
  const lines = linesOf(file)
    .filter(({ type }) => isCandidates(type))
    .sort((a, b) => a.timestamp - b.timestamp)
  const [first] = lines
  if (first?.type !== 'session_start') throw new Error(`${file} does not begin with session_start.`)
  const start = first.data as Partial<
    Record<'questionId' | 'questionTitle' | 'difficulty' | 'language', string>
  > & {
    timeLimit?: number
  }
  const events = lines.map(({ timestamp, type, data, fileId, checkpoint }) => ({
    offsetMs: timestamp - first.timestamp,
    type: type as InterviewEvent['type'],
    data,
    ...(fileId != null && { fileId }),
    ...(checkpoint === true && { checkpoint }),
  }))
  const submitted = lines.findLast(({ type }) => type === 'session_submit')?.data.finalCode
  return {
    question: {
      id: start.questionId ?? basename(file),
      title: start.questionTitle ?? basename(file),
      difficulty: start.difficulty ?? '',
      language: start.language ?? '',
    },
    timeLimitSec: start.timeLimit ?? 3600,
    description: `A recorded interview: ${start.questionTitle ?? basename(file)}.`,
    events,
    durationMs: events.at(-1)?.offsetMs ?? 0,
    expected: { files: (submitted ?? {}) as Record<string, string> },
  }
}

export const isRecording = (file: string): boolean => /\.ndjson(\.gz)?$/.test(file)

function linesOf(file: string): Line[] {
  const bytes = readFileSync(file)
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  try {
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line)
  } catch {
    throw new Error(`${file} is not a list of events, one a line.`)
  }
}

const isCandidates = (type: string): boolean =>
  isCustomType(type) || CANDIDATE_EVENT_TYPES.some((each) => each === type)
