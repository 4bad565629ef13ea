import { clock, count } from '../../ui/format.js'
import { oneLine } from '../../ui/visible-text.js'
import type { WhatIsThere } from './what-is-there.js'

/** So much is listened to at each step. */
const MAX_KINDS = 3
const MAX_LABEL_CHARS = 80
const MAX_FACTS_CHARS = 160

/**
 * The moment of the playhead, and what the timeline has there: what the card under a pointer shows, for whoever has none.
 * At most some 500 characters.
 */
export function momentInWords(sinceStartMs: number, lengthMs: number, there: WhatIsThere): string {
  const { marks, facts } = there
  const named = marks.slice(0, MAX_KINDS)
  const moreCount = there.moreMarks + marks.slice(MAX_KINDS).reduce((sum, each) => sum + each.count, 0)
  const kinds = named.map(({ mark, count: times }) => {
    const label = oneLine(mark.label, MAX_LABEL_CHARS)
    return times > 1 ? `${label}, ${count(times)} times` : label
  })
  const said = [
    ...kinds,
    ...(moreCount > 0 ? [`${count(moreCount)} more`] : []),
    ...(facts.length > 0 ? [oneLine(facts.join('; '), MAX_FACTS_CHARS)] : []),
  ]
  const place = `${clock(sinceStartMs)} of ${clock(lengthMs)}`
  return said.length === 0 ? place : `${place}. ${said.join('; ')}`
}
