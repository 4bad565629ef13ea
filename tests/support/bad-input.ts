import type { ErrorCode } from '../../protocol/errors.js'
import { LIMITS } from '../../protocol/limits.js'

/** A good event. */
export const event = (data: unknown, more: object = {}) => ({
  type: 'custom:x',
  timestamp: Date.now(),
  data,
  ...more,
})

/** A list in a list in a list… */
export const nested = (depth: number) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`) as unknown

/** What can't be read as a batch, with the code it is refused with. `n` is the next source seq. */
export const BAD_BATCHES: [string, ErrorCode, (n: number) => unknown][] = [
  ['nothing', 'BATCH_MALFORMED', () => undefined],
  ['null', 'BATCH_MALFORMED', () => null],
  ['a text', 'BATCH_MALFORMED', () => 'batch'],
  ['a number', 'BATCH_MALFORMED', () => 7],
  ['a list', 'BATCH_MALFORMED', () => [event(1)]],
  ['an empty object', 'BATCH_MALFORMED', () => ({})],
  ['no list of events', 'BATCH_MALFORMED', (n) => ({ firstSeq: n, events: 'all of them' })],
  ['no events', 'BATCH_MALFORMED', (n) => ({ firstSeq: n, events: [] })],
  ['no firstSeq', 'BATCH_MALFORMED', () => ({ events: [event(1)] })],
  ['a firstSeq that is a text', 'BATCH_MALFORMED', (n) => ({ firstSeq: `${n}`, events: [event(1)] })],
  ['a source seq of 0', 'BATCH_SEQ_INVALID', () => ({ firstSeq: 0, events: [event(1)] })],
  ['a negative source seq', 'BATCH_SEQ_INVALID', () => ({ firstSeq: -1, events: [event(1)] })],
  ['half a source seq', 'BATCH_SEQ_INVALID', (n) => ({ firstSeq: n + 0.5, events: [event(1)] })],
  ['a source seq beyond counting', 'BATCH_SEQ_INVALID', () => ({ firstSeq: 2 ** 60, events: [event(1)] })],
  ['a gap', 'BATCH_GAP', (n) => ({ firstSeq: n + 1, events: [event(1)] })],
  [
    'too many events',
    'BATCH_TOO_LARGE',
    (n) => ({ firstSeq: n, events: new Array(LIMITS.maxBatchEvents + 1).fill(event(1)) }),
  ],
  [
    'too many bytes',
    'BATCH_TOO_LARGE',
    (n) => ({ firstSeq: n, events: new Array(3).fill(event('x'.repeat(700_000))) }),
  ],
]

/** What can't be kept as an event, with the code it is rejected with. */
export const BAD_EVENTS: [string, ErrorCode, unknown][] = [
  ['null', 'EVENT_INVALID', null],
  ['a text', 'EVENT_INVALID', 'event'],
  ['a list', 'EVENT_INVALID', []],
  ['no type', 'EVENT_UNKNOWN_TYPE', { timestamp: 1, data: {} }],
  ['an unknown type', 'EVENT_UNKNOWN_TYPE', event({}, { type: 'terminal' })],
  ['a type that every object has', 'EVENT_UNKNOWN_TYPE', event({}, { type: 'constructor' })],
  ["a proctor's type", 'EVENT_FORBIDDEN_TYPE', event({ text: 'x' }, { type: 'proctor_note' })],
  ["the service's own type", 'EVENT_FORBIDDEN_TYPE', event({}, { type: 'quarantined' })],
  ['a wrong field', 'EVENT_INVALID', event({ command: 7 }, { type: 'terminal_input' })],
  ['a missing field', 'EVENT_INVALID', event({}, { type: 'cursor' })],
  ['no data', 'EVENT_INVALID', { type: 'custom:x', timestamp: Date.now() }],
  ['a fileId that is no text', 'EVENT_INVALID', event(1, { fileId: 7 })],
  [
    'a forged reference to a snapshot',
    'EVENT_INVALID',
    event({ fileName: 'a', content: { $snapshot: 1 } }, { type: 'code_snapshot' }),
  ], // prettier-ignore
  ['no timestamp', 'EVENT_TIMESTAMP_INVALID', { type: 'custom:x', data: 1 }],
  ['a timestamp that is a text', 'EVENT_TIMESTAMP_INVALID', event(1, { timestamp: '2026-11-22' })],
  ['a timestamp of null', 'EVENT_TIMESTAMP_INVALID', event(1, { timestamp: null })],
  ['an event over its limit', 'EVENT_TOO_LARGE', event('x'.repeat(LIMITS.maxEventBytes))],
  ['data nested too deeply', 'EVENT_TOO_DEEP', event(nested(257))],
]
