import { describe, expect, test } from 'vitest'
import type { RecordedEvent } from '../protocol/events.js'
import { createAnalysis } from './analysis/index.js'
import { createReplayEngine } from './engine.js'
import { apply } from './fold/apply.js'
import { EMPTY_FOLD, type Fold } from './fold/fold.js'
import { FoldDecoder } from './keyframe/decode-fold.js'
import { KEYFRAME_LIMITS, KeyframeMaker } from './keyframe/keyframe-maker.js'
import { orderedEvents } from './ordered-events.js'
import type { ReplayState } from './state.js'
import { byTime, isBeyond } from './timeline.js'
import { createView } from './view.js'

const START_MS = 1_700_000_000_000

type Sent = Pick<RecordedEvent, 'type' | 'data'> & { fileId?: string }
const edit = (offset: number, text: string): Sent => ({
  type: 'code_edit',
  fileId: 'a.ts',
  data: { changes: [[offset, 0, text]], origin: 'typed' },
})
const piece = (index: number, text: string): Sent => ({
  type: 'ai_interaction',
  data: { role: 'user', content: text, part: { id: 'p', index, count: 3 } },
})

/** Two sources, with something of each kind; some events happen in the same millisecond. */
const SENT: [source: number, atMs: number, event: Sent][] = [
  [1, 0, { type: 'file_created', fileId: 'a.ts', data: { filePath: 'a.ts', content: '' } }],
  [1, 1, edit(0, 'one ')],
  [2, 1, edit(0, 'other')],
  [1, 1, edit(4, 'two ')],
  [1, 2, edit(8, 'three')],
  [1, 3, { type: 'terminal_input', data: { command: 'ls' } }],
  [2, 3, { type: 'terminal_output', data: { output: 'x', exitCode: 0 } }],
  [1, 3, { type: 'terminal_output', data: { output: 'a.ts', exitCode: 0 } }],
  [1, 4, piece(0, 'a long ')],
  [1, 4, piece(1, 'question ')],
  [1, 4, piece(2, 'indeed')],
  [1, 5, { type: 'test_run_start', data: { testCount: 1 } }],
  [1, 5, { type: 'test_result', data: { testName: 't', passed: true } }],
  [1, 9, { type: 'custom:x', data: 1 }],
]

function recording(): RecordedEvent[] {
  const next = new Map<number, number>()
  return SENT.map(([source, atMs, event], i) => {
    const sourceSeq = (next.get(source) ?? 0) + 1
    next.set(source, sourceSeq)
    const place = { seq: i + 1, timestamp: START_MS + atMs, checkpoint: false, source, sourceSeq }
    return { fileId: null, ...event, ...place }
  })
}

/** The same, with some events refused, and their repairs at the end under a source of their own. */
function repaired(
  events: readonly RecordedEvent[],
  refused: readonly number[],
  isMade = true,
): RecordedEvent[] {
  const kept = events.map((event): RecordedEvent => {
    if (!refused.includes(event.seq)) return event
    const data = { code: '23514', claimedType: event.type, sizeBytes: 1 }
    return { ...event, type: 'quarantined', fileId: null, checkpoint: true, data }
  })
  const repairs = refused.map((seq, i): RecordedEvent => {
    const { source, sourceSeq, ...event } = events[seq - 1] as RecordedEvent
    const place = { seq: events.length + i + 1, source: 100 + i, sourceSeq: 1 }
    return { ...event, ...place, replaces: seq, original: { source, sourceSeq } }
  })
  return isMade ? [...kept, ...repairs] : kept
}

/** What a viewer sees, whatever the seqs and however many events it took. */
function seen(state: ReplayState): unknown {
  const { files, chat, terminal, testRuns, losses, divergences, others } = state as ReplayState &
    Record<string, unknown>
  return JSON.parse(
    JSON.stringify({ files, chat, terminal, testRuns, losses, divergences, others }, (key, value) =>
      /[sS]eq$/.test(key) ? undefined : value,
    ),
  )
}

/** Little is printed: no keyframe has the screen in the place of the output. */
const NO_SCREEN = { resize: () => {}, write: async () => {}, serialize: async () => null, dispose: () => {} }

const atEnd = (events: readonly RecordedEvent[]) => {
  const engine = createReplayEngine()
  engine.insert(events)
  return engine.stateAt()
}

describe('[R5] a repaired recording', () => {
  const events = recording()

  test.each(events.map(({ seq, type }) => [type, seq] as const))(
    'with a %s refused (%i) shows at each moment what it would have shown',
    (_type, seq) => {
      const engine = createReplayEngine()
      engine.insert(repaired(events, [seq]))
      const whole = createReplayEngine()
      whole.insert(events)
      for (const { timestamp } of events) {
        expect(seen(engine.stateAt(timestamp))).toEqual(seen(whole.stateAt(timestamp)))
      }
      expect(seen(atEnd(repaired(events, [seq], false)))).not.toEqual(seen(whole.stateAt()))
    },
  )

  test('so does one with many of them refused, in whatever order its events come', () => {
    const many = repaired(events, [2, 3, 4, 8, 9, 10, 13])
    const whole = seen(atEnd(events))
    expect(seen(atEnd(many))).toEqual(whole)
    expect(seen(atEnd([...many].reverse()))).toEqual(whole)
    const engine = createReplayEngine()
    for (const event of many) {
      engine.insert([event])
      engine.stateAt()
    }
    expect(seen(engine.stateAt())).toEqual(whole)
  })

  test.each([1, 4, 1_000])(
    'so does one that is read by segments, %i events held at once',
    async (maxHeld) => {
      const many = repaired(events, [2, 4, 10])
      const parts = [many.slice(0, 6), many.slice(6, 14), many.slice(14)]
      const segments = parts.map((part, n) => ({
        n,
        firstSeq: part[0]?.seq ?? 0,
        lastSeq: part.at(-1)?.seq ?? 0,
        firstMs: Math.min(...part.map(({ timestamp }) => timestamp)),
        lastMs: Math.max(...part.map(({ timestamp }) => timestamp)),
      }))
      let fold: Fold = EMPTY_FOLD
      const load = async function* ({ n }: { n: number }) {
        yield parts[n] as RecordedEvent[]
      }
      for await (const batch of orderedEvents<(typeof segments)[number]>({ segments, load, maxHeld })) {
        for (const event of batch) fold = apply(fold, event)
      }
      expect(seen(createView()(fold, 0))).toEqual(seen(atEnd(events)))
    },
  )

  test('so does one that is read on from any of its keyframes', async () => {
    const ordered = [...repaired(events, [2, 4, 5, 6, 10, 13])].sort(byTime)
    for (const maxEvents of [1, 2, 3, 5]) {
      const limits = { ...KEYFRAME_LIMITS, maxEvents, maxChars: 1e9, screenAfterChars: 1e9 }
      const maker = new KeyframeMaker(() => NO_SCREEN, limits)
      const decoder = new FoldDecoder()
      let count = 0
      for (const event of ordered) {
        const made = await maker.add(event)
        if (made === null) continue
        count++
        const { atMs, atSeq, fold } = JSON.parse(made.json)
        const rest = ordered.filter((later) => isBeyond(later, { atMs, seq: atSeq }))
        const end = rest.reduce(apply, decoder.decode(fold))
        expect(seen(createView()(end, 0))).toEqual(seen(atEnd(events)))
      }
      expect(count).toBeGreaterThan(1)
      maker.dispose()
    }
  })

  test('one that is refused again is one loss, where it was', () => {
    const [refused] = repaired(events, [5]).slice(-1) as [RecordedEvent]
    const again = {
      ...refused,
      type: 'quarantined',
      data: { code: '22', claimedType: 'code_edit', sizeBytes: 1 },
    }
    const lost = [...repaired(events, [5], false), again]
    expect(atEnd(lost).losses.map(({ seq }) => seq)).toEqual([5])
    const third = { ...refused, seq: refused.seq + 1, source: 200 }
    expect(seen(atEnd([...lost, third]))).toEqual(seen(atEnd(events)))
  })

  test('its statistics count each event once, and no loss that is made good', () => {
    const statsOf = (list: readonly RecordedEvent[]) => {
      const analysis = createAnalysis()
      analysis.add(list)
      return analysis.stats({
        sessionId: 's',
        status: 'ACTIVE',
        startMs: START_MS,
        endMs: null,
        ratings: new Map(),
      })
    }
    const whole = statsOf(events)
    const { recording, testExecution, terminalActivity } = statsOf(repaired(events, [6, 13]))
    expect(recording.quarantined).toBe(0)
    expect(statsOf(repaired(events, [6, 13], false)).recording.quarantined).toBe(2)
    expect(testExecution.passed).toEqual(whole.testExecution.passed)
    expect(terminalActivity.totalCommands).toBe(whole.terminalActivity.totalCommands)
  })
})
