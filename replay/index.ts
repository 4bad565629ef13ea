export * from './analysis/index.js'
export { type BoundedState, createBoundedFold, FilesTooLarge } from './bounded-fold.js'
export { boundRepeats, writeInPieces } from './bounded-terminal.js'
export { charsOf, textCharsOf } from './chars-of.js'
export { createReplayEngine, type ReplayEngine } from './engine.js'
export * from './find/index.js'
export { apply as applyEvent } from './fold/apply.js'
export type { Fold } from './fold/fold.js'
export { HELD_EVENTS, heldCharsOf } from './held-events.js'
export { FoldDecoder } from './keyframe/decode-fold.js'
export { FoldEncoder } from './keyframe/encode-fold.js'
export type { KeyframeLine } from './keyframe/keyframe-line.js'
export { KEYFRAME_LIMITS, type KeyframeLimits, KeyframeMaker } from './keyframe/keyframe-maker.js'
export type { MakeScreen, Screen } from './keyframe/screen-keeper.js'
export { diffLines, type LineDiff, type LineDiffResult } from './line-diff.js'
export { JoinedReplayer } from './live/joined-replayer.js'
export {
  goesOn,
  type OpenedKeyframe,
  openAnswer,
  SESSION_KEYFRAME_VERSION,
  type SessionKeyframe,
} from './live/session-keyframe.js'
export { SESSION_KEYFRAME_LIMITS, SessionKeyframeMaker } from './live/session-keyframe-maker.js'
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
export { type ArchivedOverview, indexOfArchive } from './segmented/archived-overview.js'
export type {
  KeyframeRun,
  LoadedSegment,
  RecordingIndex,
  RecordingSource,
} from './segmented/recording-source.js'
export { openRecordingReplayer, SegmentedReplayer } from './segmented/segmented-replayer.js'
export { mayHoldBetween } from './segmented/stretch-events.js'
export * from './state.js'
export { type TerminalFeed, type TerminalStep, terminalFeed, terminalText } from './terminal-feed.js'
export { isBeyond } from './timeline.js'
export { createView, latestFiles } from './view.js'
