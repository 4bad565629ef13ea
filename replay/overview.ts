import { CHECKPOINT_PASTE_CHARS } from '../protocol/event-types.js'
import type { RecordedEvent } from '../protocol/events.js'
import { asSent } from '../protocol/repairs.js'
import { EvenList } from './even-list.js'
import { OverviewBreaks } from './overview-breaks.js'
import { Density } from './overview-density.js'

/** What a player must know of a whole recording before it has any of its events. Small, whatever the recording's length. */
export interface Overview {
  /** The first event's time (in the order of replay), epoch ms; 0 without events. */
  readonly startMs: number
  readonly endMs: number
  readonly eventCount: number
  /** How many events of each lane fell into each of equally long stretches from startMs on (at most 2,000 of them). */
  readonly density: {
    readonly binMs: number
    readonly edits: readonly number[]
    readonly terminal: readonly number[]
  }
  /** Single things, ascending by (atMs, seq). Of more than 20,000 some all over the recording; `marksLeftOut` says how many are left out. */
  readonly marks: readonly OverviewMark[]
  readonly marksLeftOut: number
  /** Silences of more than 6 s: nothing at all happened between the two events. Ascending; of more than 20,000 some all over the recording. */
  readonly silences: readonly Stretch[]
  /**
   * Breaks that were promised to the candidate: nothing was recorded in one of the tabs. One that its tab never ended is
   * over where another page records. Bounded like the silences.
   */
  readonly breaks: readonly (Stretch & { readonly label: string })[]
}

/** Epoch ms. */
export interface Stretch {
  readonly fromMs: number
  readonly toMs: number
}

export interface OverviewMark {
  readonly atMs: number
  readonly seq: number
  readonly lane: 'tests' | 'remarks' | 'checkpoints'
  readonly kind: 'pass' | 'fail' | 'mixed' | 'ai' | 'note' | 'signal' | 'loss' | 'checkpoint'
  /** Plain words, bounded to 200 characters. Nothing that a candidate wrote: an overview may be kept beside a redacted recording. */
  readonly label: string
  readonly isCheckpoint: boolean
}

const MAX_MARKS = 20_000
const MAX_STRETCHES = 20_000
const MAX_LABEL_CHARS = 200
/** Longer than this is a silence. */
export const SILENCE_MS = 6000

/** Folds events in the order of replay into an overview. */
export function overviewOf(events: Iterable<RecordedEvent>): Overview {
  const builder = new OverviewBuilder()
  for (const event of events) builder.add(event)
  return builder.overview()
}

/** Where a mark stands that may be replaced. */
interface Slot {
  mark: OverviewMark
}

interface Run {
  readonly mark: Slot
  passed: number
  failed: number
}

/** An overview that grows at its end, event by event in the order of replay. */
export class OverviewBuilder {
  private startMs = 0
  private endMs = 0
  private eventCount = 0
  private readonly density = new Density()
  private readonly marks = new EvenList<Slot>(MAX_MARKS)
  private readonly silences = new EvenList<Stretch>(MAX_STRETCHES)
  private readonly breaks = new OverviewBreaks(MAX_STRETCHES)
  /** By source: the test run whose results are coming in. */
  private readonly runs = new Map<number, Run>()

  /** @param before what is known of events that are not here and lie before all that are: it counts, and shows nowhere */
  constructor(before?: Pick<Overview, 'startMs' | 'endMs' | 'eventCount'>) {
    if (before === undefined) return
    this.startMs = before.startMs
    this.endMs = before.endMs
    this.eventCount = before.eventCount
  }

  add(event: RecordedEvent): void {
    const { timestamp: atMs, type } = event
    if (this.eventCount === 0) this.startMs = atMs
    else if (atMs - this.endMs > SILENCE_MS) this.silences.add({ fromMs: this.endMs, toMs: atMs })
    this.endMs = atMs
    this.eventCount += 1
    const sent = asSent(event)
    this.breaks.add(sent)
    if (type === 'code_edit') this.density.add('edits', atMs - this.startMs)
    else if (type.startsWith('terminal_')) this.density.add('terminal', atMs - this.startMs)
    else this.addSingle(sent)
  }

  /** What was added so far; later events change no overview that was handed out. */
  overview(): Overview {
    const { startMs, endMs, eventCount } = this
    return {
      startMs,
      endMs,
      eventCount,
      density: this.density.counts(),
      marks: this.marks.items.map(({ mark }) => mark),
      marksLeftOut: this.marks.leftOutCount,
      silences: this.silences.items.slice(),
      breaks: this.breaks.until(endMs),
    }
  }

  private addSingle(event: RecordedEvent): void {
    const { type, source } = event
    if (type === 'test_run_start') this.runs.delete(source)
    else if (type === 'test_result') this.addResult(event)
    else {
      const said = remarkOf(event) ?? (event.checkpoint ? checkpointOf(type) : null)
      if (said !== null) this.mark(event, said)
    }
  }

  /** One mark for each run, at its first result; the results that follow change it. */
  private addResult(event: RecordedEvent): void {
    let run = this.runs.get(event.source)
    if (run === undefined) {
      run = { mark: this.mark(event, { lane: 'tests', kind: 'pass', label: '' }), passed: 0, failed: 0 }
      this.runs.set(event.source, run)
    }
    if (fieldOf(event, 'passed') === true) run.passed += 1
    else run.failed += 1
    const { mark: slot, passed, failed } = run
    slot.mark = {
      ...slot.mark,
      kind: failed === 0 ? 'pass' : passed === 0 ? 'fail' : 'mixed',
      label: `Tests: ${passed} passed, ${failed} failed`,
    }
  }

  private mark(event: RecordedEvent, said: Said): Slot {
    const label = said.label.slice(0, MAX_LABEL_CHARS)
    const { timestamp: atMs, seq, checkpoint: isCheckpoint } = event
    const slot = { mark: { ...said, atMs, seq, label, isCheckpoint } }
    this.marks.add(slot)
    return slot
  }
}

type Said = Pick<OverviewMark, 'lane' | 'kind' | 'label'>

const remark = (kind: OverviewMark['kind'], label: string): Said => ({ lane: 'remarks', kind, label })
const checkpoint = (label: string): Said => ({ lane: 'checkpoints', kind: 'checkpoint', label })

// Maps, not objects: a type may be called `constructor`.
const REMARKS = new Map<string, Said>([
  ['proctor_note', remark('note', 'Note')],
  ['proctor_flag', remark('note', 'Flag')],
  ['proctor_message', remark('note', 'Message to the candidate')],
  ['time_extended', remark('note', 'Time extended')],
  ['tab_hidden', remark('signal', 'Tab hidden')],
  ['window_blur', remark('signal', 'Window left')],
  ['fullscreen_exit', remark('signal', 'Left full screen')],
  ['second_tab', remark('signal', 'A second tab opened')],
  ['connection_lost', remark('signal', 'Connection lost')],
  ['rejected', remark('loss', 'An event was refused')],
  ['quarantined', remark('loss', 'An event was set aside')],
  ['gap', remark('loss', 'Events are missing')],
])

const CHECKPOINTS = new Map([
  ['session_start', 'The interview began'],
  ['session_submit', 'Submitted'],
  ['code_snapshot', 'File saved'],
  ['file_created', 'File created'],
  ['file_deleted', 'File deleted'],
  ['file_renamed', 'File renamed'],
  ['ai_interaction', 'The assistant answered'],
])

function remarkOf(event: RecordedEvent): Said | null {
  if (event.type === 'ai_interaction')
    return fieldOf(event, 'role') === 'user' ? remark('ai', 'Asked the assistant') : null
  if (event.type === 'paste') {
    const chars = fieldOf(event, 'lengthChars')
    const isLong = typeof chars === 'number' && chars >= CHECKPOINT_PASTE_CHARS
    return isLong ? remark('signal', `Pasted ${chars} characters`) : null
  }
  return REMARKS.get(event.type) ?? null
}

const checkpointOf = (type: string): Said => checkpoint(CHECKPOINTS.get(type) ?? type)

const fieldOf = (event: RecordedEvent, name: string): unknown =>
  (event.data as Record<string, unknown> | null)?.[name]
