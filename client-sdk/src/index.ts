export { ERRORS, type ErrorCode, RecorderError } from '../../protocol/errors.js'
export type { RecordedEvent } from '../../protocol/events.js'
export type { Receipt } from '../../protocol/http/index.js'
export type {
  CandidatePresence,
  CodeExcerpt,
  ControlMessage,
  Presence,
  PreviewedCommand,
  ProctorMessage,
  SessionFacts,
  SessionPreview,
  SessionSummary,
  TestTally,
} from '../../protocol/socket-events.js'
export { createApi } from './api.js'
export type * from './api-types.js'
export { createRecorder } from './create-recorder.js'
export { type DurableOutboxOptions, durableOutbox, exportOutboxes, type Leftover } from './durable-outbox.js'
export { createLobby, type Lobby, type LobbyOptions, type LobbyState, type LobbyStatus } from './lobby.js'
export {
  type Heirs,
  memoryOutbox,
  type OpenOutbox,
  type Outbox,
  type OutboxEntry,
  readAll,
  type StorageState,
} from './outbox.js'
export type {
  CloseOptions,
  EventRecorder,
  RecordableEvent,
  Recorder,
  RecorderEvents,
  RecorderOptions,
  RecorderState,
  RecorderStatus,
  Resync,
} from './recorder-types.js'
export { createSessionService } from './service.js'
export type * from './service-types.js'
export { createWatcher } from './watcher.js'
export type {
  Beginning,
  Note,
  Watcher,
  WatcherOptions,
  WatcherState,
  WatcherStatus,
} from './watcher-types.js'
export type { Recorded } from './writer-calls.js'
