import type { Interview } from '../../scripts/simulate/interview.js'

/**
 * The interview's first `part` (0–1) and its end, for tests of which the length is not the point: whole interviews run through
 * every layer in `tests/path/interview.service.test.ts`. What its files are at the end is not known.
 */
export function partOfInterview(interview: Interview, part: number): Omit<Interview, 'expected'> {
  const { expected: _, events, durationMs, ...rest } = interview
  const count = Math.ceil(events.length * part)
  const last = events.at(-1)
  return { ...rest, durationMs, events: [...events.slice(0, count), ...(last ? [last] : [])] }
}
