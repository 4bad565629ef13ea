import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RecordedEvent } from '../../protocol/events.js'
import { createReplayEngine } from '../engine.js'
import { terminalText } from '../terminal-feed.js'
import { type Draft, plain, record } from '../test-support/recordings.js'
import { ofRange, ofText, redact, stateAfter, visibleOf } from '../test-support/redaction.js'
import { byTime } from '../timeline.js'
import { FileFollower } from './follow-files.js'
import { EventAssembler } from './whole-events.js'

// Few letters, so that a short secret comes about in every way there is: whole, by overlap, by deletion, over sources.
const LETTERS = ['a', 'b', 'c', '\n']
const TEXT_SECRET = 'abca'
const anyText = fc
  .array(fc.constantFrom(...LETTERS, TEXT_SECRET, 'abc', 'ca'), { maxLength: 5 })
  .map((parts) => parts.join(''))
const anyPath = fc.constantFrom('p.ts', 'q.ts')
const anyChanges = fc
  .array(fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 3 }), anyText), { minLength: 1, maxLength: 3 })
  .map((changes) => {
    let end = 0
    return changes.map(([gap, deleted, inserted]) => {
      const offset = end + (gap % 5)
      end = offset + deleted
      return [offset, deleted, inserted]
    })
  })
const anyPart = fc.record({ id: fc.constant('p'), index: fc.nat({ max: 1 }), count: fc.constant(2) })
const on = (type: string, data: fc.Arbitrary<object>): fc.Arbitrary<Draft> =>
  fc.record({ type: fc.constant(type), fileId: anyPath, data })
const anyEscape = fc.constantFrom(
  '',
  '',
  '\u001b[1m',
  '\b',
  '\r',
  '\u001b[K',
  '\u001b[2D',
  '\u001b]0;abc',
  '\u0007',
)
const anyScreen = fc
  .array(fc.tuple(anyText, anyEscape), { maxLength: 4 })
  .map((parts) => parts.flat().join(''))
const anyDraft: fc.Arbitrary<Draft> = fc.oneof(
  { weight: 10, arbitrary: on('code_edit', fc.record({ changes: anyChanges })) },
  { weight: 2, arbitrary: on('code_snapshot', fc.record({ fileName: anyPath, content: anyText })) },
  { weight: 2, arbitrary: on('code_edit', fc.record({ changes: anyChanges, part: anyPart })) },
  on('code_snapshot', fc.record({ fileName: anyPath, content: anyText, part: anyPart })),
  on('editor_open', fc.record({ content: fc.option(anyText) })),
  on('cursor', fc.record({ anchor: fc.nat({ max: 9 }), head: fc.nat({ max: 9 }) })),
  on('file_created', fc.record({ filePath: anyPath, content: anyText })),
  on('file_deleted', fc.record({ filePath: anyPath, content: anyText })),
  on('file_renamed', fc.record({ filePath: anyPath, toPath: anyPath, content: fc.option(anyText) })),
  on(
    'session_start',
    fc.record({
      questionTitle: anyText,
      files: fc.array(fc.record({ filePath: anyPath, content: anyText })),
    }),
  ),
  {
    weight: 4,
    arbitrary: on('terminal_stream', fc.record({ channel: fc.constantFrom('o', 'i'), data: anyScreen })),
  },
  on('terminal_input', fc.record({ command: anyText })),
  on('terminal_output', fc.record({ output: anyScreen, exitCode: fc.option(fc.nat({ max: 1 })) })),
  on('test_result', fc.record({ testName: anyText, passed: fc.boolean(), output: anyScreen })),
  on('ai_interaction', fc.record({ role: fc.constant('user'), content: anyText })),
  on('ai_interaction', fc.record({ role: fc.constant('user'), content: anyText, part: anyPart })),
  on('session_submit', fc.record({ finalCode: fc.dictionary(anyPath, anyText) })),
  on('custom:x', fc.dictionary(anyText, anyText)),
)
const anyInterview = fc
  .array(fc.tuple(anyDraft, fc.integer({ min: 1, max: 2 }), fc.nat({ max: 2 })), {
    minLength: 1,
    maxLength: 40,
    size: 'max',
  })
  .map((drafts) => {
    const clocks = new Map<number, number>()
    return record(
      drafts.map(([draft, source, elapsedMs]) => {
        const atMs = (clocks.get(source) ?? source * 3) + elapsedMs
        clocks.set(source, atMs)
        return { ...draft, source, atMs }
      }),
    )
  })

/** The parts of a state whose texts can be measured, in an order that masking does not change. */
const shapeOf = (state: ReturnType<typeof plain>) => ({
  files: state.files.map((f) => [
    f.source,
    f.path.length,
    f.text.length,
    f.selection,
    f.lastChange,
    f.deleted,
  ]),
  terminal: state.terminal.output.map((chunk) => [chunk.channel, chunk.data.length]),
  commands: state.terminal.commands.map((c) => [c.command?.length, c.output.length, c.exitCode]),
  chat: state.chat.map((turn) => turn.content.length),
  tests: state.testRuns.map((run) => run.results.map((result) => result.output?.length)),
})
/**
 * Two texts of one length that are masked whole are equal afterwards, and a snapshot or an opened editor that had brought
 * another text brings the same: then the last change and the selection in it stay, where they had been forgotten.
 */
const withoutWhatStays = (is: ReturnType<typeof shapeOf>, was: ReturnType<typeof shapeOf>) => ({
  ...is,
  files: is.files.map(([source, path, text, selection, lastChange, deleted], i) => [
    source,
    path,
    text,
    was.files[i]?.[3] === null ? null : selection,
    was.files[i]?.[4] === null ? null : lastChange,
    deleted,
  ]),
})
const divergencesOf = (state: ReturnType<typeof plain>) => state.divergences.map((d) => `${d.seq} ${d.kind}`)

describe('whatever was recorded', () => {
  test('files are followed as replay follows them', () => {
    fc.assert(
      fc.property(anyInterview, (events) => {
        const follower = new FileFollower({ changed: () => {}, given: () => {} })
        const assembler = new EventAssembler()
        const ordered = [...events].sort(byTime)
        for (const event of ordered) {
          const { whole } = assembler.take(event)
          if (whole !== null) follower.apply(whole)
        }
        for (const file of stateAfter(events).files) {
          expect(follower.textOf(file.source, file.path)).toBe(file.text)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('[R15] after a redaction no moment shows the secret, and every moment has its lengths', () => {
    fc.assert(
      fc.property(anyInterview, (events) => {
        const { masked } = redact(events, ofText(TEXT_SECRET))
        const [before, after] = [createReplayEngine(), createReplayEngine()]
        before.insert(events)
        after.insert(masked)
        for (const atMs of new Set(events.map((event) => event.timestamp))) {
          const [was, is] = [plain(before.stateAt(atMs)), plain(after.stateAt(atMs))]
          expect(JSON.stringify(is)).not.toContain(TEXT_SECRET)
          expect(visibleOf(terminalText(after.stateAt(atMs).terminal))).not.toContain(TEXT_SECRET)
          expect(shapeOf(is)).toEqual(shapeOf(was))
          expect(divergencesOf(was)).toEqual(expect.arrayContaining(divergencesOf(is)))
        }
        expect(JSON.stringify(masked)).not.toContain(TEXT_SECRET)
      }),
      { numRuns: 400 },
    )
  })

  test('[R15] a second redaction of the same text finds nothing', () => {
    fc.assert(
      fc.property(anyInterview, (events) => {
        const { masked } = redact(events, ofText(TEXT_SECRET))
        expect(redact(masked, ofText(TEXT_SECRET)).places).toEqual([])
      }),
      { numRuns: 200 },
    )
  })

  test('[R15] after a redaction of a range every moment has its lengths, and nothing diverges anew', () => {
    fc.assert(
      fc.property(anyInterview, fc.nat({ max: 39 }), fc.nat({ max: 10 }), (events, start, length) => {
        const fromSeq = (start % events.length) + 1
        const target = ofRange(fromSeq, fromSeq + length)
        const { masked } = redact(events, target)
        const [was, is] = [stateAfter(events), stateAfter(masked)]
        expect(withoutWhatStays(shapeOf(is), shapeOf(was))).toEqual(shapeOf(was))
        expect(divergencesOf(was)).toEqual(expect.arrayContaining(divergencesOf(is)))
        for (const event of masked.slice(fromSeq - 1, fromSeq + length)) {
          const { content, command } = event.data as { content?: string; command?: string }
          if (event.type === 'ai_interaction') expect(content).not.toMatch(/[abc]/)
          if (event.type === 'terminal_input') expect(command).not.toMatch(/[abc]/)
        }
        // A file's text that is like two others may be compared with the other one, now that they are masked.
        const again = redact(masked, target).places.filter(
          (place) => !/content$|finalCode/i.test(place.field),
        )
        expect(again).toEqual([])
      }),
      { numRuns: 300, examples: [[SAVED_ANEW, 0, 1]] },
    )
  })
})

/** A save that contradicts an edit by a text of the same length. */
const SAVED_ANEW: RecordedEvent[] = [
  { type: 'code_edit', data: { changes: [[0, 0, 'abcaca']] }, checkpoint: false },
  { type: 'code_snapshot', data: { fileName: 'p.ts', content: 'aaabca' }, checkpoint: true },
].map((event, i) => ({ ...event, seq: i + 1, timestamp: 3, fileId: 'q.ts', source: 1, sourceSeq: i + 1 }))
