/**
 * What a page without a bundler needs, for one file that holds all of it: the recorder, what it keeps events in, and
 * the adapters that lean on no other package.
 */
export { ERRORS, type ErrorCode, RecorderError } from '../../protocol/errors.js'
export { memoryOutbox, type Outbox, type OutboxEntry, readAll } from '../src/outbox.js'
export { createRecorder } from '../src/recorder.js'
export type * from '../src/recorder-types.js'
