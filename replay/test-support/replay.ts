import { createReplayEngine } from '../engine.js'
import type { ReplayState } from '../state.js'
import { type Draft, record } from './recordings.js'

/** The state after these events. */
export function replay(drafts: readonly Draft[]): ReplayState {
  const engine = createReplayEngine()
  engine.insert(record(drafts))
  return engine.stateAt()
}

/** Text by `source:path`. */
export const texts = (state: ReplayState): Record<string, string> =>
  Object.fromEntries(state.files.map((file) => [`${file.source}:${file.path}`, file.text]))
