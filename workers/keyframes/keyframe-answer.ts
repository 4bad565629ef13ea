import { type SessionKeyframe, textCharsOf } from '../../replay/index.js'

/** Of one keyframe, in UTF-16 units: what is read at once by whoever joins. A session that takes more has none. */
const MAX_ANSWER_CHARS = 16 * 1024 * 1024

/** The JSON that is stored and sent of a keyframe; null where it is too large. Of one that surely is, none is made. */
export function answerOf(keyframe: SessionKeyframe): string | null {
  if (textCharsOf(keyframe) > MAX_ANSWER_CHARS) return null
  const json = JSON.stringify({ keyframe })
  return json.length <= MAX_ANSWER_CHARS ? json : null
}
