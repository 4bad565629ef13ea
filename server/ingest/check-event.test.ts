import { describe, expect, test } from 'vitest'
import { decodeEventLine } from '../../db/buffer/event-line.js'
import { DATA_SCHEMAS } from '../../protocol/event-schemas.js'
import {
  type BuiltInEventType,
  CANDIDATE_EVENT_TYPES,
  PROCTOR_EVENT_TYPES,
  SERVICE_EVENT_TYPES,
} from '../../protocol/event-types.js'
import type { Role } from '../../protocol/events.js'
import { CLOCK_FAR_MS, CLOCK_PAST_MAX_MS, LIMITS, MAX_DATA_DEPTH } from '../../protocol/limits.js'
import { checkEvent, type EventSurroundings } from './check-event.js'

const NOW = Date.UTC(2026, 10, 22, 12)

function check(event: unknown, around: Partial<EventSurroundings> = {}) {
  const { line, ...checked } = checkEvent(event, {
    role: 'candidate',
    receivedAtMs: NOW,
    beforeMs: null,
    neighbourMs: NOW,
    ...around,
  })
  const { dataJson, ...kept } = decodeEventLine(line)
  return { ...checked, ...kept, data: JSON.parse(dataJson) as unknown }
}

const event = (type: string, data: unknown, more: object = {}) => ({ type, timestamp: NOW, data, ...more })

/** One good and some bad data for every type of the vocabulary, and whether the good one is a checkpoint. */
const VOCABULARY: Record<BuiltInEventType, { checkpoint: boolean; good: unknown; bad: unknown[] }> = {
  session_start: {
    checkpoint: true,
    good: { questionTitle: 'T', timeLimit: 3600, startTime: NOW, files: [{ filePath: 'a', content: '' }] },
    bad: [{ timeLimit: -1 }, { files: [{ content: 'x' }] }, { files: 'a.py' }],
  },
  terminal_input: {
    checkpoint: false,
    good: { command: 'ls', workingDirectory: '/' },
    bad: [{}, { command: 1 }],
  },
  terminal_output: {
    checkpoint: false,
    good: { output: 'x', stdout: null, exitCode: -1 },
    bad: [{ exitCode: 0.5 }, { stderr: 1 }],
  },
  terminal_stream: {
    checkpoint: false,
    good: { channel: 'r', data: '80x24' },
    bad: [
      { channel: 'x', data: '' },
      { channel: 'r', data: '80' },
      { channel: 'r', data: '0x24' },
      { channel: 'o' },
    ],
  },
  file_created: { checkpoint: true, good: { filePath: 'a', content: '' }, bad: [{}, { filePath: '' }] },
  file_deleted: { checkpoint: true, good: { filePath: 'a' }, bad: [{ filePath: 1 }] },
  file_renamed: { checkpoint: true, good: { filePath: 'a', toPath: 'b' }, bad: [{ filePath: 'a' }] },
  file_write: { checkpoint: false, good: { filePath: 'a', language: 'c' }, bad: [{ language: 'c' }] },
  code_edit: {
    checkpoint: false,
    good: {
      changes: [
        [0, 2, 'a'],
        [2, 0, ''],
      ],
      origin: 'typed',
      selection: { any: 1 },
    }, // prettier-ignore
    bad: [
      {},
      { changes: [[0, 2]] },
      { changes: [[-1, 0, '']] },
      {
        changes: [
          [5, 2, ''],
          [6, 0, ''],
        ],
      }, // prettier-ignore
      { changes: [], origin: 'magic' },
    ],
  },
  code_snapshot: {
    checkpoint: true,
    good: { fileName: 'a', language: null, content: '' },
    bad: [{ fileName: 'a' }, { fileName: '', content: '' }, { fileName: 'a', content: { $snapshot: 1 } }],
  },
  editor_open: { checkpoint: false, good: { content: 'x' }, bad: [{ content: 1 }, 'x'] },
  cursor: { checkpoint: false, good: { anchor: 0, head: 3 }, bad: [{ anchor: 0 }, { anchor: -1, head: 0 }] },
  keystroke: { checkpoint: false, good: { cadenceMs: 80 }, bad: [null, 'a', [1]] },
  test_run_start: { checkpoint: true, good: { testCount: 3 }, bad: [{ testCount: -1 }, { language: 3 }] },
  test_result: {
    checkpoint: true,
    good: { testName: 't', passed: false, duration: 1.5 },
    bad: [{ testName: 't' }, { testName: 't', passed: 'yes' }, { testName: 't', passed: true, duration: -1 }],
  },
  ai_interaction: {
    checkpoint: true,
    good: { role: 'assistant', content: '', inputTokens: 1, promptQuality: 5 },
    bad: [
      { role: 'robot', content: '' },
      { role: 'user' },
      { role: 'user', content: '', promptQuality: 6 },
      { role: 'user', content: '', inputTokens: 0.5 },
    ],
  },
  session_submit: { checkpoint: true, good: { finalCode: { any: 1 } }, bad: ['code', null] },
  tab_hidden: { checkpoint: false, good: {}, bad: [{ lengthChars: -1 }] },
  tab_visible: { checkpoint: false, good: {}, bad: [[]] },
  window_blur: { checkpoint: false, good: {}, bad: [null] },
  window_focus: { checkpoint: false, good: {}, bad: [{ source: 1 }] },
  paste: {
    checkpoint: true,
    good: { lengthChars: 80, sha256: 'a'.repeat(64) },
    bad: [{ lengthChars: 1.5 }, { sha256: 'A'.repeat(64) }],
  },
  copy: { checkpoint: false, good: { lengthChars: 999 }, bad: [{ sha256: 'abc' }] },
  fullscreen_exit: { checkpoint: false, good: {}, bad: [1] },
  connection_lost: { checkpoint: false, good: {}, bad: [undefined] },
  connection_restored: { checkpoint: false, good: { source: 'net' }, bad: [{ lengthChars: '1' }] },
  second_tab: { checkpoint: false, good: {}, bad: [{ sha256: 1 }] },
  proctor_note: { checkpoint: true, good: { text: 'n', author: 'p', atMs: 1 }, bad: [{}, { text: 1 }] },
  proctor_flag: { checkpoint: true, good: { text: 'n' }, bad: [{ text: 'n', atMs: 'now' }] },
  proctor_message: { checkpoint: true, good: { text: 'n' }, bad: [{ author: 'p' }] },
  time_extended: { checkpoint: true, good: { timeLimit: 60 }, bad: [{ timeLimit: '60' }] },
  rejected: { checkpoint: true, good: { code: 'c', claimedType: '', sizeBytes: 0 }, bad: [{}] },
  quarantined: { checkpoint: true, good: { code: 'c', claimedType: '', sizeBytes: 0 }, bad: [{}] },
  gap: { checkpoint: true, good: { source: 1, fromSeq: 1, toSeq: 2 }, bad: [{}] },
}

const SENDABLE = [...CANDIDATE_EVENT_TYPES, ...PROCTOR_EVENT_TYPES]

describe('every type of the vocabulary', () => {
  test.each(SENDABLE)('%s is kept as it was sent', (type) => {
    const { good, checkpoint } = VOCABULARY[type]
    const kept = check(event(type, good), { role: 'service' })
    expect(kept).toMatchObject({
      rejected: null,
      type,
      checkpoint,
      timestampMs: NOW,
      fileId: null,
      meta: null,
    })
    expect(kept.data).toEqual(good)
  })

  test.each(SENDABLE.flatMap((type) => VOCABULARY[type].bad.map((bad) => [type, bad] as const)))(
    '[R5] %s with %j is rejected alone, and the field is named',
    (type, bad) => {
      const kept = check(event(type, bad), { role: 'service' })
      expect(kept.rejected?.code).toBe('EVENT_INVALID')
      expect(kept.rejected?.message).toMatch(new RegExp(`^data.* of ${type}: `))
      expect(kept).toMatchObject({ type: 'rejected', checkpoint: true, fileId: null })
      expect(kept.data).toEqual({ code: 'EVENT_INVALID', claimedType: type, sizeBytes: expect.any(Number) })
    },
  )

  test('has a schema and an example here', () => {
    expect(Object.keys(VOCABULARY).sort()).toEqual(Object.keys(DATA_SCHEMAS).sort())
    expect([...SENDABLE, ...SERVICE_EVENT_TYPES].sort()).toEqual(Object.keys(DATA_SCHEMAS).sort())
  })

  test('an optional field may be null, as rows of a database are', () => {
    const nulls = { questionId: null, timeLimit: null, startTime: null, files: null }
    expect(check(event('session_start', nulls))).toMatchObject({ rejected: null, data: nulls })
  })

  test('unknown keys are kept, also those with a meaning to JavaScript', () => {
    const data = '{"command":"x","more":[1],"__proto__":{"polluted":1},"constructor":{"prototype":2}}'
    const { line } = checkEvent(event('terminal_input', JSON.parse(data)), {
      role: 'candidate',
      receivedAtMs: NOW,
      beforeMs: null,
      neighbourMs: NOW,
    })
    expect(decodeEventLine(line).dataJson).toBe(data)
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })
})

describe('checkpoints', () => {
  test.each<[string, unknown, unknown, boolean]>([
    ['paste', { lengthChars: 79 }, true, false],
    ['paste', { lengthChars: 80 }, false, true],
    ['paste', {}, undefined, false],
    ['terminal_input', { command: '' }, true, false], // only the vocabulary decides
    ['session_submit', {}, false, true],
    ['custom:thing', {}, true, true],
    ['custom:thing', {}, false, false],
    ['custom:thing', {}, null, false],
    ['custom:thing', {}, undefined, false],
  ])('%s %j sent with checkpoint %s: %s', (type, data, checkpoint, kept) => {
    expect(check(event(type, data, { checkpoint }))).toMatchObject({ rejected: null, checkpoint: kept })
  })

  const roles: Role[] = ['candidate', 'proctor', 'service']
  test.each(roles)('are marked as the vocabulary says when a %s sends, whatever is claimed', (role) => {
    const kept = SENDABLE.flatMap((type) =>
      [true, false, undefined].map((checkpoint) => ({
        type,
        checked: check(event(type, VOCABULARY[type].good, { checkpoint }), { role }),
      })),
    ).filter(({ checked }) => checked.rejected === null)
    expect(kept.length).toBeGreaterThan(10)
    for (const { type, checked } of kept) {
      expect([type, checked.checkpoint]).toEqual([type, VOCABULARY[type].checkpoint])
    }
  })

  test('one that is no boolean is refused', () => {
    expect(check(event('custom:x', 1, { checkpoint: 'yes' })).rejected?.code).toBe('EVENT_INVALID')
  })
})

describe('[R9] who may send what', () => {
  const roles: Role[] = ['candidate', 'proctor', 'service']
  const may: Record<Role, readonly string[]> = {
    candidate: [...CANDIDATE_EVENT_TYPES, 'custom:x'],
    // Through their verbs, and those make proctors' events alone.
    proctor: PROCTOR_EVENT_TYPES,
    service: [...SENDABLE, 'custom:x'],
  }
  const cells = roles.flatMap((role) =>
    [...SENDABLE, ...SERVICE_EVENT_TYPES, 'custom:x'].map(
      (type) => [role, type, may[role].includes(type)] as const,
    ),
  )
  test.each(cells)('%s, %s: %s', (role, type, allowed) => {
    const good = type in VOCABULARY ? VOCABULARY[type as BuiltInEventType].good : {}
    const { rejected } = check(event(type, good), { role })
    expect(rejected?.code ?? null).toBe(allowed ? null : 'EVENT_FORBIDDEN_TYPE')
  })
})

describe('the type', () => {
  test.each([
    undefined,
    null,
    1,
    '',
    'terminal',
    'TERMINAL_INPUT',
    'terminal_input ',
    'toString',
    '__proto__',
    'constructor',
    'custom:',
    'custom:a b',
    'custom:a\tb',
    `custom:${'a'.repeat(65)}`,
    'custom:ä',
  ])('%j is not in the vocabulary', (type) => {
    expect(check(event(type as string, {})).rejected?.code).toBe('EVENT_UNKNOWN_TYPE')
  })

  test.each(['custom:a', `custom:${'a'.repeat(64)}`, 'custom:A.b:c-d_9'])('%s is', (type) => {
    expect(check(event(type, null))).toMatchObject({ rejected: null, type, data: null })
  })

  test('custom data is any JSON, but there has to be some', () => {
    for (const data of [null, false, 0, '', [], {}]) expect(check(event('custom:x', data)).data).toEqual(data)
    expect(check({ type: 'custom:x', timestamp: NOW }).rejected?.code).toBe('EVENT_INVALID')
  })

  test('what was claimed is named in its place, cut, and nothing of the content', () => {
    const kept = check(event('x'.repeat(500), { secret: 'typed' }))
    expect(kept.data).toEqual({
      code: 'EVENT_UNKNOWN_TYPE',
      claimedType: 'x'.repeat(80),
      sizeBytes: expect.any(Number),
    })
    expect(JSON.stringify(kept)).not.toContain('typed')
  })
})

describe('the event', () => {
  test.each([[null], [undefined], ['text'], [1], [[]], [true]])('%j is no event', (raw) => {
    const kept = check(raw)
    expect(kept.rejected?.code).toBe('EVENT_INVALID')
    expect(kept).toMatchObject({ type: 'rejected', timestampMs: NOW, data: { claimedType: '' } })
  })

  test.each([1, {}, 'x'.repeat(1025)])('a fileId of %j is refused', (fileId) => {
    expect(check(event('cursor', { anchor: 0, head: 0 }, { fileId })).rejected?.code).toBe('EVENT_INVALID')
  })

  test('[R8] text with NULs and lone surrogates is legal, also in a fileId', () => {
    const text = 'a\0b\ud83d\t\n\u2028😀\udfff'
    expect(check(event('terminal_stream', { channel: 'o', data: text }, { fileId: text }))).toMatchObject({
      rejected: null,
      data: { channel: 'o', data: text },
      fileId: text,
    })
  })
})

describe('[R2] the timestamp', () => {
  test.each([Number.NaN, Infinity, -Infinity, '1', null, undefined, {}, [NOW], true])(
    '%j is no number and is rejected',
    (timestamp) => {
      const kept = check({ type: 'custom:x', timestamp, data: 1 })
      expect(kept.rejected?.code).toBe('EVENT_TIMESTAMP_INVALID')
      expect(kept.timestampMs).toBe(NOW)
    },
  )

  test('a rejected one stands beside the event before it', () => {
    const kept = check({ type: 'custom:x', timestamp: 'soon', data: 1 }, { beforeMs: NOW - 5000 })
    expect(kept.timestampMs).toBe(NOW - 5000)
  })

  test.each<[string, number, { timestampMs: number; meta: unknown }]>([
    ['now', NOW, { timestampMs: NOW, meta: null }],
    ['a fraction', NOW + 0.4, { timestampMs: NOW, meta: { rawTimestamp: NOW + 0.4 } }],
    [
      'late by days',
      NOW - 3 * CLOCK_FAR_MS,
      { timestampMs: NOW - 3 * CLOCK_FAR_MS, meta: { flags: ['clock_far'] } },
    ],
    ['exactly a day off', NOW - CLOCK_FAR_MS, { timestampMs: NOW - CLOCK_FAR_MS, meta: null }],
    ['tomorrow', NOW + CLOCK_FAR_MS, { timestampMs: NOW + CLOCK_FAR_MS, meta: null }],
    [
      'after tomorrow',
      NOW + CLOCK_FAR_MS + 1,
      { timestampMs: NOW, meta: { rawTimestamp: NOW + CLOCK_FAR_MS + 1, flags: ['clock_far'] } },
    ],
    [
      'the oldest plausible one',
      NOW - CLOCK_PAST_MAX_MS,
      { timestampMs: NOW - CLOCK_PAST_MAX_MS, meta: { flags: ['clock_far'] } },
    ],
    ['1970', 0, { timestampMs: NOW, meta: { rawTimestamp: 0, flags: ['clock_far'] } }],
    ['no date at all', 1e300, { timestampMs: NOW, meta: { rawTimestamp: 1e300, flags: ['clock_far'] } }],
    ['no date either', -1e300, { timestampMs: NOW, meta: { rawTimestamp: -1e300, flags: ['clock_far'] } }],
  ])('far off is flagged and kept: %s', (_what, timestamp, kept) => {
    expect(check({ type: 'custom:x', timestamp, data: 1 })).toMatchObject({ rejected: null, ...kept })
  })

  test('a falling one takes that of the event before it, and keeps its own beside', () => {
    const kept = check({ type: 'custom:x', timestamp: NOW - 1, data: 1 }, { beforeMs: NOW })
    expect(kept).toMatchObject({ timestampMs: NOW, meta: { rawTimestamp: NOW - 1 } })
    const equal = check({ type: 'custom:x', timestamp: NOW, data: 1 }, { beforeMs: NOW })
    expect(equal).toMatchObject({ timestampMs: NOW, meta: null })
  })
})

describe('[R7] sizes, in UTF-8 bytes of JSON', () => {
  const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value))

  test.each<[string, string, object]>([
    ['ASCII', 'a', {}],
    ['two bytes a character', 'é', {}],
    ['four bytes a pair', '😀', {}],
    ['six bytes of escape a NUL', '\0', {}],
    ['a lone surrogate', '\ud83d', {}],
    ['with a fileId and a checkpoint', 'a', { fileId: 'é\0.py', checkpoint: true }],
    ['with a key that is not kept', 'a', { unknown: 'é'.repeat(20) }],
  ])('an event of exactly the limit is kept, of one byte more rejected: %s', (_what, character, more) => {
    const empty = event('custom:x', '', more)
    const room = LIMITS.maxEventBytes - bytesOf(empty)
    const unit = bytesOf(character) - 2
    const text = character.repeat(Math.floor(room / unit)) + 'a'.repeat(room % unit)
    const exact = { ...empty, data: text }
    expect(bytesOf(exact)).toBe(LIMITS.maxEventBytes)
    expect(check(exact)).toMatchObject({ rejected: null, sizeBytes: LIMITS.maxEventBytes })
    const over = check({ ...empty, data: `${text}a` })
    expect(over.rejected?.code).toBe('EVENT_TOO_LARGE')
    expect(over.data).toEqual({
      code: 'EVENT_TOO_LARGE',
      claimedType: 'custom:x',
      sizeBytes: LIMITS.maxEventBytes + 1,
    })
  })
})

describe('depth', () => {
  const nested = (depth: number) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`) as unknown

  test('is bounded, so that whoever reads the event later can', () => {
    expect(check(event('custom:x', nested(MAX_DATA_DEPTH))).rejected).toBeNull()
    expect(check(event('custom:x', nested(MAX_DATA_DEPTH + 1))).rejected?.code).toBe('EVENT_TOO_DEEP')
    const objects = JSON.parse(`${'{"a":'.repeat(MAX_DATA_DEPTH + 1)}1${'}'.repeat(MAX_DATA_DEPTH + 1)}`)
    expect(check(event('session_submit', { finalCode: objects })).rejected?.code).toBe('EVENT_TOO_DEEP')
  })

  test('far beyond it nothing overflows', () => {
    const kept = check(event('custom:x', nested(1_000_000)))
    expect(kept.rejected?.code).toBe('EVENT_TOO_DEEP')
  })

  test('brackets inside texts do not count', () => {
    expect(check(event('terminal_stream', { channel: 'o', data: '['.repeat(10_000) })).rejected).toBeNull()
  })
})
