/**
 * What a page without a bundler needs, for one file that holds all of it: the recorder, what it keeps events in, and
 * the adapters that lean on no other package, not even for their types.
 */
export { ERRORS, type ErrorCode, RecorderError } from '../../protocol/errors.js'
export * from '../src/adapters/ai-chat.js'
export * from '../src/adapters/clipboard-memory.js'
export * from '../src/adapters/files.js'
export * from '../src/adapters/page-signals.js'
export * from '../src/adapters/status-element.js'
export * from '../src/adapters/test-run.js'
export * from '../src/adapters/xterm.js'
export { createRecorder } from '../src/create-recorder.js'
export * from '../src/durable-outbox.js'
export * from '../src/outbox.js'
export type * from '../src/recorder-types.js'
export * from '../src/status-text.js'
