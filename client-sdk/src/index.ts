export { ERRORS, type ErrorCode, RecorderError } from '../../protocol/errors.js'
export type { RecordedEvent } from '../../protocol/events.js'
export type {
  CandidatePresence,
  ControlMessage,
  Presence,
  ProctorMessage,
  SessionSummary,
} from '../../protocol/socket-events.js'
export {
  type ApiOptions,
  createApi,
  type EventsPage,
  type EventsQuery,
  type ListSessionsQuery,
  type PostEvents,
  type SessionApi,
} from './api.js'
export { createLobby, type Lobby, type LobbyOptions, type LobbyState, type LobbyStatus } from './lobby.js'
export { memoryOutbox, type Outbox, type OutboxEntry, readAll } from './outbox.js'
export { createRecorder } from './recorder.js'
export type {
  CloseOptions,
  RecordableEvent,
  Recorder,
  RecorderEvents,
  RecorderOptions,
  RecorderState,
  RecorderStatus,
} from './recorder-types.js'
export { createWatcher } from './watcher.js'
export type { Watcher, WatcherOptions, WatcherState, WatcherStatus } from './watcher-types.js'
