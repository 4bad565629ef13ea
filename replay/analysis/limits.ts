import { ANALYSIS_LIMITS, type AnalysisLimit } from '../../protocol/http/analysis.js'

// Bounds of what the analysis of one session keeps, whatever a sender sends [I8]. An interview is far below them.

/** Different commands told apart. */
export const MAX_UNIQUE_COMMANDS = 20_000
/** Files by source and path, and paths. */
export const MAX_FILES = 5000
/** Texts of files, their histories and unfinished pieces, in UTF-16 units. */
export const MAX_TEXT_UNITS = 8 * 1024 * 1024
/** How much text is searched for what was pasted or brought back, in UTF-16 units, over the whole session. */
export const MAX_SEARCH_UNITS = 1024 * 1024 * 1024
export const MAX_SOURCES = 2000
export const MAX_CHECKPOINTS = 10_000
export const MAX_PASTE_ITEMS = 1000
export const MAX_TEST_RUNS = 2000
export const MAX_AI_TURNS = 10_000
export const MAX_AWAY_TIMES = 10_000
/** Of breaks that were promised to the candidate. */
export const MAX_BREAKS = 10_000
/** Of copies, lost connections and their like listed with their times. */
export const MAX_SIGNALS = 2000
/** Answers of the assistant that pastes are compared with, in UTF-16 units. */
export const MAX_ANSWER_UNITS = 1024 * 1024

/** Which bounds a recording has reached. */
export class Limits {
  private readonly reached = new Set<AnalysisLimit>()

  reach(limit: AnalysisLimit): void {
    this.reached.add(limit)
  }

  list(): AnalysisLimit[] {
    return ANALYSIS_LIMITS.filter((limit) => this.reached.has(limit))
  }
}
