import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Interview, InterviewEvent } from '../interview.js'
import { agentStream, trajectorySchema } from './agent-trajectory.js'
import { editStream, editTraceSchema } from './edit-trace.js'
import { parseCast, terminalStream } from './terminal-cast.js'

/** Where recordings come from that are known by their file name. */
const CREDITS: Record<string, string> = {
  'sveltecomponent.json.gz': 'github.com/josephg/editing-traces, CC BY 4.0',
  'json-crdt-patch.json.gz': 'github.com/josephg/editing-traces, CC BY 4.0',
  'welcome.cast': 'asciinema-server, Apache-2.0',
  'marshmallow-code__marshmallow-1867.traj': 'SWE-agent, MIT',
}

/** Streams begin a little after the session, and the submission comes a little after the last of them. */
const LEAD_MS = 1000

export const WEAVING =
  'Several real recordings laid side by side on one clock. Each stream is real; that they belong together is not.'

interface Stream {
  recording: string
  events: InterviewEvent[]
  /** Set for a stream of edits. */
  file?: { path: string; startContent: string; endContent: string }
}

/**
 * One interview out of all recordings in a folder: editing traces (`.json.gz`), terminal casts (`.cast`) and
 * agents' trajectories (`.traj`). The same folder always gives the same interview.
 * @throws Error naming the file when one can't be read as what its name says, or when there is none
 */
export function weaveInterview(folder: string): Interview {
  const streams = readdirSync(folder)
    .sort()
    .flatMap((name) => streamOf(folder, name))
  if (streams.length === 0) {
    throw new Error(`No recordings in ${folder}: expected files like *.json.gz, *.cast or *.traj.`)
  }
  const files = streams.flatMap((stream) => stream.file ?? [])
  const woven = streams
    .flatMap((stream) => stream.events)
    .map((event) => ({ ...event, offsetMs: event.offsetMs + LEAD_MS }))
    // The sort is stable: what happened at the same moment keeps the order of its stream.
    .sort((a, b) => a.offsetMs - b.offsetMs)
  const durationMs = (woven.at(-1)?.offsetMs ?? 0) + LEAD_MS
  const timeLimitSec = Math.ceil(durationMs / 3_600_000) * 3600
  const question = {
    id: 'woven',
    title: 'Woven from public recordings',
    difficulty: 'none',
    language: 'mixed',
  }
  const sources = streams.map(({ recording }) => ({ recording, credit: CREDITS[recording] ?? null }))

  const start: InterviewEvent = {
    offsetMs: 0,
    type: 'session_start',
    data: {
      questionId: question.id,
      questionTitle: question.title,
      difficulty: question.difficulty,
      language: question.language,
      timeLimit: timeLimitSec,
      woven: true,
      weaving: WEAVING,
      sources,
      files: files.map(({ path, startContent }) => ({ filePath: path, content: startContent })),
    },
  }
  const expected = { files: Object.fromEntries(files.map(({ path, endContent }) => [path, endContent])) }
  const submit: InterviewEvent = {
    offsetMs: durationMs,
    type: 'session_submit',
    data: { finalCode: expected.files },
  }
  return {
    question,
    timeLimitSec,
    description: `Woven from ${sources.map(({ recording, credit }) => (credit ? `${recording} (${credit})` : recording)).join(', ')}. ${WEAVING}`,
    events: [start, ...woven, submit],
    durationMs,
    expected,
  }
}

function streamOf(folder: string, recording: string): Stream[] {
  const read = () => readFileSync(join(folder, recording))
  try {
    if (recording.endsWith('.json.gz')) return [traceStream(recording, gunzipSync(read()).toString())]
    if (recording.endsWith('.cast')) {
      return [{ recording, events: terminalStream(parseCast(read().toString())) }]
    }
    if (recording.endsWith('.traj')) {
      return [{ recording, events: agentStream(trajectorySchema.parse(JSON.parse(read().toString()))) }]
    }
  } catch (error) {
    throw new Error(`${join(folder, recording)} can't be woven: ${(error as Error).message}`, {
      cause: error,
    })
  }
  return []
}

function traceStream(recording: string, json: string): Stream {
  const trace = editTraceSchema.parse(JSON.parse(json))
  const { language, ending } = kindOf(trace.endContent)
  const path = `${basename(recording, '.json.gz')}.${ending}`
  const { startContent, endContent } = trace
  return { recording, events: editStream(path, language, trace), file: { path, startContent, endContent } }
}

/** Traces do not say what kind of file they were made in. */
function kindOf(content: string): { language: string; ending: string } {
  if (content.includes('</script>')) return { language: 'svelte', ending: 'svelte' }
  if (/^#+ \S/m.test(content)) return { language: 'markdown', ending: 'md' }
  return { language: 'text', ending: 'txt' }
}
