/**
 * What a page without a bundler needs, for one file that holds all of it: the recorder, what it keeps events in, and
 * the adapters that lean on no other package.
 */
export { ERRORS, type ErrorCode, RecorderError } from '../../protocol/errors.js'
export * from '../src/adapters/clipboard-memory.js'
export * from '../src/adapters/page-signals.js'
export { createRecorder } from '../src/create-recorder.js'
export * from '../src/durable-outbox.js'
export * from '../src/outbox.js'
export type * from '../src/recorder-types.js'
