export * from './analysis/index.js'
export { type BoundedState, charsOf, createBoundedFold, FilesTooLarge } from './bounded-fold.js'
export { createReplayEngine, type ReplayEngine } from './engine.js'
export * from './find/index.js'
export { diffLines, type LineDiff, type LineDiffResult } from './line-diff.js'
export { Log } from './log.js'
export { MemoryReplayer } from './memory-replayer.js'
export { orderedEvents, type TimedSegment } from './ordered-events.js'
export {
  type Overview,
  OverviewBuilder,
  type OverviewMark,
  overviewOf,
  SILENCE_MS,
  type Stretch,
} from './overview.js'
export { previewOf } from './preview.js'
export { isStepTarget, type Replayer, type ReplayPlace, type StepKind, type StopSignal } from './replayer.js'
export * from './state.js'
export { type TerminalFeed, type TerminalStep, terminalFeed, terminalText } from './terminal-feed.js'
export { latestFiles } from './view.js'
