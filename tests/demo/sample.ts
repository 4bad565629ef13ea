import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import type { RecordedEvent } from '../../protocol/events.js'
import { seededRandom } from '../../scripts/simulate/samples/random.js'
import type { Pace } from './candidate.js'

// The demo interview is the project's sample of a real recording: scripts/simulate/samples/demo-interview.ndjson.gz. To
// record it anew, at a person's pace, in some 12 minutes:
//
//     DEMO_SAMPLE_TO=scripts/simulate/samples/demo-interview.ndjson.gz npm test -- --only browser tests/demo/interview

/** Where the sample is to be written, where that is asked for. */
export const SAMPLE_FILE = process.env.DEMO_SAMPLE_TO

const SEED = 20
/** Reading and thinking take so much longer than the script says. */
const THOUGHTFUL = 2.2

/** A person's keys and pauses, the same each time. */
export function humanPace(): Pace {
  const random = seededRandom(SEED)
  const between = (least: number, most: number) => least + (most - least) * random()
  return {
    keyMs: () => Math.round(random() < 0.04 ? between(400, 1400) : between(60, 230)),
    think: (seconds) =>
      new Promise((resolve) => setTimeout(resolve, seconds * 1000 * THOUGHTFUL * between(0.75, 1.25))),
  }
}

/** An event a line, as exports have them, but for what a place in a session says; times count from the first one. */
export function writeSample(file: string, events: readonly RecordedEvent[]): void {
  const [first] = events
  if (first === undefined) throw new Error('There is nothing to write.')
  const lines = events
    .filter(({ source }) => source === first.source)
    .map(({ type, timestamp, data, fileId, checkpoint }) => ({
      timestamp: Math.round(timestamp - first.timestamp),
      type,
      data,
      ...(fileId !== null && { fileId }),
      ...(type.startsWith('custom:') && checkpoint && { checkpoint }),
    }))
  const text = `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`
  writeFileSync(file, gzipSync(text, { level: 9 }))
}
