import type { ErrorCode } from '../../protocol/errors.js'

/**
 * What a recorder does about a code in an ack or a refused handshake.
 *
 * - wait: keep everything, pause, try again
 * - rewind: go on from expectedSeq
 * - awaitWelcome: a new epoch; the welcome says from where
 * - renewToken: connect again with a fresh token
 * - shrink: send less at once; an event that is refused alone is stood in for
 * - closed / superseded / refused: stop for good
 */
export type Reaction =
  | 'wait'
  | 'rewind'
  | 'awaitWelcome'
  | 'renewToken'
  | 'shrink'
  | 'closed'
  | 'superseded'
  | 'refused'

const REACTIONS: Partial<Record<ErrorCode, Reaction>> = {
  BATCH_GAP: 'rewind',
  EPOCH_CHANGED: 'awaitWelcome',
  TOKEN_EXPIRED: 'renewToken',
  BATCH_TOO_LARGE: 'shrink',
  BATCH_MALFORMED: 'shrink',
  SESSION_CLOSED: 'closed',
  SUPERSEDED: 'superseded',
  TOKEN_MISSING: 'refused',
  TOKEN_INVALID: 'refused',
  ROLE_FORBIDDEN: 'refused',
  PROTOCOL_UNSUPPORTED: 'refused',
  SOURCE_INVALID: 'refused',
  SESSION_REQUIRED: 'refused',
  SESSION_NOT_FOUND: 'refused',
}

/** A code this recorder doesn't know, of a later server, is waited out: to stop would lose the recording. */
export const reactionTo = (code: ErrorCode): Reaction => REACTIONS[code] ?? 'wait'
