import { RecorderError } from './recorder-error.js'

export { RecorderError }

/**
 * Every error that crosses a boundary: socket acks, refused handshakes, HTTP bodies. Callers branch on the
 * code, people read the message; neither ever carries what a candidate typed.
 * `httpStatus` is the status of the HTTP answer; `help` says what the caller should do next.
 */
export const ERRORS = {
  TOKEN_MISSING: {
    httpStatus: 401,
    help: 'Send a token: auth.token on a socket, Authorization: Bearer over HTTP.',
  },
  TOKEN_INVALID: {
    httpStatus: 401,
    help: 'Get a new token; this one is malformed, or signed with a key that is not known here.',
  },
  TOKEN_EXPIRED: { httpStatus: 401, help: 'Get a new token from the platform and connect again.' },
  ROLE_FORBIDDEN: { httpStatus: 403, help: 'Use a token of the role that this address is for.' },
  PROTOCOL_UNSUPPORTED: {
    httpStatus: 400,
    help: 'Update the recorder, or send a protocol version the server names.',
  },
  SOURCE_INVALID: {
    httpStatus: 400,
    help: 'Send a sourceId of 1 to 128 printable characters, unique per page load.',
  },
  SOURCES_FULL: {
    httpStatus: 409,
    help: 'Go on as a source that the session knows, with source and firstSeq.',
  },
  SESSION_REQUIRED: {
    httpStatus: 400,
    help: 'This token opens several sessions: name one in auth.sessionId.',
  },
  SESSION_NOT_FOUND: { httpStatus: 404, help: 'Check the session id and that the token was made for it.' },
  SESSION_CLOSED: {
    httpStatus: 409,
    help: 'The interview is over; stop sending and keep the unsent events for export.',
  },
  SUPERSEDED: {
    httpStatus: 409,
    help: 'A newer connection of the same source has taken over; stop this one.',
  },
  EPOCH_CHANGED: {
    httpStatus: 409,
    help: 'Send everything above the committed seq of the new welcome again.',
  },
  BATCH_MALFORMED: {
    httpStatus: 400,
    help: 'Send { firstSeq, events: [...] } with 1 to maxBatchEvents events.',
  },
  BATCH_SEQ_INVALID: {
    httpStatus: 400,
    help: 'Number the events of a source 1, 2, 3…; firstSeq is a positive integer.',
  },
  BATCH_TOO_LARGE: {
    httpStatus: 413,
    help: 'Split the batch: limits.maxBatchEvents and limits.maxBatchBytes bound it.',
  },
  BATCH_GAP: { httpStatus: 409, help: 'Send again from expectedSeq.' },
  EVENT_UNKNOWN_TYPE: { httpStatus: 422, help: 'Use a type of the vocabulary, or custom:<name>.' },
  EVENT_INVALID: {
    httpStatus: 422,
    help: 'Correct the named field; docs/protocol.md lists the fields of each type.',
  },
  EVENT_TIMESTAMP_INVALID: {
    httpStatus: 422,
    help: 'Send timestamp as a finite number of epoch milliseconds.',
  },
  EVENT_TOO_LARGE: {
    httpStatus: 413,
    help: 'Split the text over consecutive events with part: { id, index, count }.',
  },
  EVENT_TOO_DEEP: { httpStatus: 422, help: 'Nest the data less deeply.' },
  EVENT_FORBIDDEN_TYPE: { httpStatus: 403, help: 'This type is not one that a token of your role may send.' },
  VALIDATION: { httpStatus: 400, help: 'Correct the named fields.' },
  BODY_TOO_LARGE: { httpStatus: 413, help: 'Send less in one request.' },
  MEDIA_TYPE_UNSUPPORTED: {
    httpStatus: 415,
    help: 'Send JSON with Content-Type: application/json, not compressed.',
  },
  RATE_LIMITED: {
    httpStatus: 429,
    help: 'Keep what was refused and send it again after Retry-After, or retryAfterMs.',
  },
  IDEMPOTENCY_REQUIRED: { httpStatus: 400, help: 'Send source and firstSeq, or an Idempotency-Key header.' },
  CANDIDATE_CLOSED: { httpStatus: 409, help: 'A re-interview needs a candidateId of its own.' },
  NOT_WATCHING: { httpStatus: 409, help: 'Send watch for this session first.' },
  SEGMENT_NOT_FOUND: { httpStatus: 404, help: 'The timeline says which segments there are.' },
  KEYFRAMES_NOT_FOUND: { httpStatus: 404, help: 'The overview says which keyframes there are, if any.' },
  ARCHIVE_NOT_FOUND: {
    httpStatus: 404,
    help: 'A session has its archive once it is closed and archive.state is verified.',
  },
  STATE_TOO_LARGE: { httpStatus: 422, help: 'Read the events instead.' },
  NOT_FOUND: { httpStatus: 404, help: 'Check method, path and ids; /docs lists the routes.' },
  NOT_AUTHOR: {
    httpStatus: 403,
    help: 'Only its author or the service may change it; write one of your own.',
  },
  ANNOTATIONS_FULL: { httpStatus: 409, help: 'Nothing more can be noted or rated in this session.' },
  STILL_REFUSED: {
    httpStatus: 409,
    help: 'Mend what refuses it first; it stays aside, and nothing was changed.',
  },
  CHAT_OFF: {
    httpStatus: 501,
    help: 'Whoever runs the service sets ANTHROPIC_API_KEY to switch the chat on.',
  },
  CHAT_BUSY: { httpStatus: 409, help: "Wait until the session's turn that is being answered has its end." },
  CHAT_LIMIT: { httpStatus: 409, help: 'This session has had all it may have of the chat.' },
  CHAT_FAILED: { httpStatus: 502, help: 'Ask again under another Idempotency-Key.' },
  RECORDER_CLOSED: { httpStatus: 409, help: 'Make a new recorder; this one records no more.' },
  OUTBOX_FULL: {
    httpStatus: 507,
    help: 'Events are counted instead of kept until the service has taken some of those that wait.',
  },
  QUEUE_FULL: {
    httpStatus: 507,
    help: 'This event was not taken; record it again when the service has taken some of those that wait.',
  },
  OUTBOX_FAILED: {
    httpStatus: 507,
    help: 'Recording goes on from memory; what is not committed when the page goes is lost.',
  },
  TIMED_OUT: {
    httpStatus: 504,
    help: 'What is not confirmed stays in the outbox; wait longer or send it later.',
  },
  UNREACHABLE: { httpStatus: 503, help: 'Check the address and the network; the events are kept.' },
  ARCHIVE_DAMAGED: {
    httpStatus: 500,
    help: 'Tell whoever runs the service: the archived recording has to be restored from a backup.',
  },
  TRY_LATER: {
    httpStatus: 503,
    help: 'What it needs is away; nothing was lost. Keep the events and try again.',
  },
  INTERNAL: { httpStatus: 500, help: 'Try again; if it stays, the server log has the cause.' },
} as const satisfies Record<string, { httpStatus: number; help: string }>

export type ErrorCode = keyof typeof ERRORS

/** An error with a code of {@link ERRORS}. `what` says what happened; the table's help is appended. */
export class ExplainedError extends RecorderError {
  constructor(code: ErrorCode, what: string, details?: Record<string, unknown>, options?: ErrorOptions) {
    super(code, `${what} ${ERRORS[code].help}`, details, options)
  }
}

/** The JSON body of every HTTP error. */
export interface ErrorBody {
  error: { code: ErrorCode; message: string; details?: Record<string, unknown> }
}
