import { z } from 'zod'
import type { InterviewEvent } from '../interview.js'
import { shortenGaps } from './shorten-gaps.js'

/** An asciicast, version 2: a header line, then `[seconds, code, data]` a line. */
export interface Cast {
  columns: number
  rows: number
  events: readonly { atMs: number; channel: 'o' | 'i' | 'r'; data: string }[]
}

const headerSchema = z.object({ version: z.literal(2), width: z.number().int(), height: z.number().int() })
const lineSchema = z.tuple([z.number(), z.string(), z.string()])

/** @throws when the text is not an asciicast of version 2 */
export function parseCast(text: string): Cast {
  const [header = '', ...lines] = text.split('\n').filter((line) => line.trim() !== '')
  const { width, height } = headerSchema.parse(JSON.parse(header))
  const events = lines.map((line) => {
    const [seconds, channel, data] = lineSchema.parse(JSON.parse(line))
    return { atMs: Math.round(seconds * 1000), channel, data }
  })
  return { columns: width, rows: height, events: events.filter(isStream) }
}

/** The screen's size first, then everything that passed through the terminal. */
export function terminalStream(cast: Cast): InterviewEvent[] {
  const size: InterviewEvent = {
    offsetMs: 0,
    type: 'terminal_stream',
    data: { channel: 'r', data: `${cast.columns}x${cast.rows}` },
  }
  const offsetsMs = shortenGaps([0, ...cast.events.map((event) => event.atMs)]).slice(1)
  return [
    size,
    ...cast.events.map(
      ({ channel, data }, i): InterviewEvent => ({
        offsetMs: offsetsMs[i] as number,
        type: 'terminal_stream',
        data: { channel, data },
      }),
    ),
  ]
}

/** Markers and codes of later versions are not part of the stream. */
function isStream<E extends { channel: string }>(event: E): event is E & { channel: 'o' | 'i' | 'r' } {
  return ['o', 'i', 'r'].includes(event.channel)
}
