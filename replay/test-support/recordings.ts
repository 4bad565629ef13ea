import fc from 'fast-check'
import type { RecordedEvent } from '../../protocol/events.js'
import type { ReplayState } from '../state.js'

/** An event of one source at a time, before the session numbers it. */
export interface Draft {
  type: string
  data: unknown
  fileId?: string | null
  source?: number
  atMs?: number
}

/** Events with seqs 1, 2, 3… in the order given, one second apart where no time is told. */
export function record(drafts: readonly Draft[]): RecordedEvent[] {
  const sourceSeqs = new Map<number, number>()
  return drafts.map(({ type, data, fileId = null, source = 1, atMs }, i) => {
    const sourceSeq = (sourceSeqs.get(source) ?? 0) + 1
    sourceSeqs.set(source, sourceSeq)
    const timestamp = atMs ?? i * 1000
    return {
      seq: i + 1,
      type,
      timestamp,
      data,
      fileId,
      checkpoint: type === 'code_snapshot',
      source,
      sourceSeq,
    }
  })
}

/** A state without the structures it shares with others, for deep comparison. */
export const plain = (state: ReplayState) => ({
  ...state,
  terminal: { ...state.terminal, output: state.terminal.output.toArray() },
})

const PATHS = ['a.ts', 'b.ts', 'src/c.ts']
const anyPath = fc.constantFrom(...PATHS)
const anyText = fc.string({ unit: 'grapheme', maxLength: 12 })
const anyOffset = fc.nat({ max: 30 })

/** Ascending, not overlapping, and often beyond the end of the file. */
const anyChanges = fc
  .array(fc.tuple(anyOffset, fc.nat({ max: 4 }), anyText), { minLength: 1, maxLength: 3 })
  .map((changes) => {
    let end = 0
    return changes.map(([gap, deleted, inserted]) => {
      const offset = end + (gap % 8)
      end = offset + deleted
      return [offset, deleted, inserted]
    })
  })

const onFile = (type: string, data: fc.Arbitrary<object>): fc.Arbitrary<Draft> =>
  fc.record({ type: fc.constant(type), fileId: anyPath, data })
const plainEvent = (type: string, data: fc.Arbitrary<object>): fc.Arbitrary<Draft> =>
  fc.record({ type: fc.constant(type), data })

const anyDraft: fc.Arbitrary<Draft> = fc.oneof(
  { weight: 8, arbitrary: onFile('code_edit', fc.record({ changes: anyChanges })) },
  { weight: 2, arbitrary: onFile('code_snapshot', fc.record({ fileName: anyPath, content: anyText })) },
  onFile('editor_open', fc.record({ content: fc.option(anyText) })),
  onFile('cursor', fc.record({ anchor: anyOffset, head: anyOffset })),
  plainEvent('keystroke', fc.constant({})),
  plainEvent('file_created', fc.record({ filePath: anyPath, content: anyText })),
  plainEvent('file_deleted', fc.record({ filePath: anyPath })),
  plainEvent('file_renamed', fc.record({ filePath: anyPath, toPath: anyPath })),
  plainEvent('session_start', fc.record({ questionTitle: anyText, timeLimit: fc.nat() })),
  plainEvent('terminal_stream', fc.record({ channel: fc.constant('o'), data: anyText })),
  plainEvent(
    'terminal_stream',
    fc.record({ channel: fc.constant('r'), data: fc.constantFrom('80x24', '120x40') }),
  ),
  plainEvent('terminal_input', fc.record({ command: anyText })),
  plainEvent('terminal_output', fc.record({ output: anyText, exitCode: fc.option(fc.nat({ max: 2 })) })),
  plainEvent('test_run_start', fc.record({ testCount: fc.nat({ max: 9 }) })),
  plainEvent('test_result', fc.record({ testName: anyText, passed: fc.boolean() })),
  plainEvent('ai_interaction', fc.record({ role: fc.constant('user'), content: anyText })),
  plainEvent('paste', fc.record({ lengthChars: fc.nat() })),
  plainEvent('proctor_note', fc.record({ text: anyText })),
  plainEvent('time_extended', fc.record({ timeLimit: fc.nat() })),
  plainEvent('gap', fc.record({ source: fc.nat(), fromSeq: fc.nat(), toSeq: fc.nat() })),
  plainEvent('custom:anything', fc.record({ x: fc.nat() })),
  plainEvent('type_of_next_year', fc.record({ x: fc.nat() })),
  onFile(
    'code_snapshot',
    fc.record({
      fileName: anyPath,
      content: anyText,
      part: fc.record({ id: fc.constant('p'), index: fc.nat({ max: 1 }), count: fc.constant(2) }),
    }),
  ),
)

/**
 * A recording by up to three sources. Within a source time never falls; between sources it overlaps freely, so
 * the order of record (seq) is not the order of time.
 */
export const anyRecording = (size: {
  minLength?: number
  maxLength: number
}): fc.Arbitrary<RecordedEvent[]> =>
  fc
    .array(fc.tuple(anyDraft, fc.integer({ min: 1, max: 3 }), fc.nat({ max: 3 })), { size: 'max', ...size })
    .map((drafts) => {
      const clocks = new Map<number, number>()
      return record(
        drafts.map(([draft, source, elapsedMs]) => {
          const atMs = (clocks.get(source) ?? source * 5) + elapsedMs
          clocks.set(source, atMs)
          return { ...draft, source, atMs }
        }),
      )
    })
