import { endsWithin } from '../../db/ends-within.js'
import type { SessionAnalyses } from './session-analyses.js'

/** What somebody writes stands at once; where its session has to be computed from the first event on, that goes on unheard. */
const WAITS_MS = 2_000

/**
 * Numbers that sessions are compared by, anew after a note, flag or rating. Those that can't be had now are no reason
 * to refuse what was written.
 */
export async function recount(
  analyses: SessionAnalyses,
  sessionId: string,
  log: (error: unknown, where: string) => void,
): Promise<void> {
  const counted = analyses.annotationsChanged(sessionId).catch((error) => log(error, 'annotations'))
  await endsWithin(counted, WAITS_MS)
}
