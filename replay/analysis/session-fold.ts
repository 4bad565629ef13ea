import type { EventData } from '../../protocol/event-schemas.js'
import {
  type BuiltInEventType,
  PROCTOR_EVENT_TYPES,
  SERVICE_EVENT_TYPES,
} from '../../protocol/event-types.js'
import type { RecordedEvent } from '../../protocol/events.js'
import type { DensityKind } from '../../protocol/http/analysis.js'
import { asSent } from '../../protocol/repairs.js'
import { AiTurns } from './ai-turns.js'
import { Breaks } from './breaks.js'
import { Checkpoints } from './checkpoints.js'
import { givesText } from './code-events.js'
import { Commands } from './commands.js'
import { EditedFiles } from './edited-files.js'
import { Focus } from './focus.js'
import { Limits } from './limits.js'
import { Pastes } from './pastes.js'
import { CodeProvenance } from './provenance.js'
import { Segments } from './segments.js'
import { claimOf, type Listener, Tally } from './tally.js'
import { TestRuns } from './test-runs.js'
import { TextBudget } from './text-budget.js'
import { type Extent, extended, TimeGrid } from './time-grid.js'
import { WholeEvents } from './whole-events.js'

/** What no candidate did: it makes nobody active. */
const NO_ACTIVITY: ReadonlySet<string> = new Set([...PROCTOR_EVENT_TYPES, ...SERVICE_EVENT_TYPES])

const KINDS: Partial<Record<BuiltInEventType, DensityKind>> = {
  code_edit: 'edits',
  code_snapshot: 'edits',
  editor_open: 'edits',
  cursor: 'edits',
  keystroke: 'edits',
  file_write: 'edits',
  file_created: 'edits',
  file_deleted: 'edits',
  file_renamed: 'edits',
  terminal_input: 'terminal',
  terminal_output: 'terminal',
  terminal_stream: 'terminal',
  ai_interaction: 'ai',
  test_run_start: 'tests',
  test_result: 'tests',
  paste: 'pastes',
  tab_hidden: 'signals',
  tab_visible: 'signals',
  window_blur: 'signals',
  window_focus: 'signals',
  copy: 'signals',
  fullscreen_exit: 'signals',
  connection_lost: 'signals',
  connection_restored: 'signals',
  second_tab: 'signals',
}

function kindOf({ type, data }: RecordedEvent): DensityKind {
  if (type === 'code_edit') {
    const origin = (data as { origin?: unknown } | null)?.origin
    if (origin === 'paste' || origin === 'drop') return 'pastes'
  }
  return (Object.hasOwn(KINDS, type) && KINDS[type as BuiltInEventType]) || 'other'
}

/** All that is kept of a session's events, by what it is about. Everything is bounded. */
export class SessionFold {
  throughSeq = 0
  extent: Extent | null = null
  readonly limits = new Limits()
  readonly tally: Tally
  readonly grid = new TimeGrid()
  readonly segments = new Segments()
  readonly checkpoints = new Checkpoints(this.limits)
  readonly breaks = new Breaks(this.limits)
  readonly focus = new Focus(this.limits)
  readonly pastes: Pastes
  readonly files: EditedFiles
  readonly commands: Commands
  readonly tests: TestRuns
  readonly ai: AiTurns
  readonly code: CodeProvenance
  private readonly budget = new TextBudget(this.limits)
  private readonly whole = new WholeEvents(this.budget)

  /** With `listener`, every amount is told as it is counted, and nothing is left out that explains a number. */
  constructor(listener?: Listener) {
    this.tally = new Tally(listener)
    this.pastes = new Pastes(this.limits, listener !== undefined)
    this.files = new EditedFiles(this.tally, this.limits, this.budget)
    this.commands = new Commands(this.tally, this.limits)
    this.tests = new TestRuns(this.tally, this.limits)
    this.ai = new AiTurns(this.tally, this.limits)
    this.code = new CodeProvenance(this.limits, this.budget, this.pastes, listener !== undefined)
  }

  add(event: RecordedEvent): void {
    if (event.seq <= this.throughSeq) return
    this.throughSeq = event.seq
    this.extent = extended(this.extent, event)
    this.tally.add('totalEvents', event)
    if (event.flags?.includes('late')) this.tally.add('recording.lateEvents', event)
    if (event.flags?.includes('clock_far')) this.tally.add('recording.clockFarEvents', event)
    this.grid.add(event, kindOf(event), !NO_ACTIVITY.has(event.type))
    this.segments.add(event)
    this.checkpoints.add(event)
    this.breaks.add(event)
    this.focus.add(event)
    if (event.replaces !== undefined) this.tally.add('recording.quarantined', event, -1)
    const { event: whole, broken } = this.whole.next(asSent(event))
    this.tally.add('recording.incompleteTexts', event, broken)
    if (whole !== null && typeof whole.data === 'object' && whole.data !== null) this.count(whole, whole.data)
  }

  /** Whether one without a listener has come to the same: all that this one keeps beside it has reached no bound. */
  get isWithinBounds(): boolean {
    return !this.limits.list().includes('text') && this.pastes.isWithinBounds
  }

  /** What one without a listener saves, as long as this one {@link isWithinBounds}. */
  save() {
    const { extent } = this
    return {
      throughSeq: this.throughSeq,
      extent: extent === null ? null : ([extent.first.timestamp, extent.last.timestamp] as const),
      limits: this.limits.list(),
      budget: this.budget.save() - this.code.unitsOfSeqs(),
      tally: this.tally.save(),
      grid: this.grid.save(),
      segments: this.segments.save(),
      checkpoints: this.checkpoints.save(),
      breaks: this.breaks.save(),
      focus: this.focus.save(),
      pastes: this.pastes.save(),
      files: this.files.save(),
      commands: this.commands.save(),
      tests: this.tests.save(),
      ai: this.ai.save(),
      code: this.code.save(),
      whole: this.whole.save(),
    }
  }

  restore(saved: ReturnType<SessionFold['save']>): void {
    this.throughSeq = saved.throughSeq
    const moment = (timestamp: number) => ({ seq: 0, timestamp, type: '' })
    this.extent = saved.extent && { first: moment(saved.extent[0]), last: moment(saved.extent[1]) }
    for (const limit of saved.limits) this.limits.reach(limit)
    this.budget.restore(saved.budget)
    this.tally.restore(saved.tally)
    this.grid.restore(saved.grid)
    this.segments.restore(saved.segments)
    this.checkpoints.restore(saved.checkpoints)
    this.breaks.restore(saved.breaks)
    this.focus.restore(saved.focus)
    this.pastes.restore(saved.pastes)
    this.files.restore(saved.files)
    this.commands.restore(saved.commands)
    this.tests.restore(saved.tests)
    this.ai.restore(saved.ai)
    this.code.restore(saved.code)
    this.whole.restore(saved.whole)
  }

  private count(event: RecordedEvent, data: object): void {
    const { type } = event
    if (type === 'code_edit') {
      this.files.edited(event, data)
      const edit = this.code.edit(event, data as EventData<'code_edit'>)
      this.grid.addEdit(event, edit?.insertedChars ?? 0, edit?.deletedChars ?? 0)
    } else if (givesText(type)) {
      if (type === 'code_snapshot') this.files.saved(event, data as EventData<'code_snapshot'>)
      this.code.apply(event, type, data)
    } else if (type === 'file_write') this.files.written(event, data)
    else if (type === 'terminal_input')
      this.commands.add(event, (data as EventData<'terminal_input'>).command)
    else if (type === 'test_run_start') this.tests.start(event, data as EventData<'test_run_start'>)
    else if (type === 'test_result') this.tests.result(event, data as EventData<'test_result'>)
    else if (type === 'ai_interaction') {
      const turn = data as EventData<'ai_interaction'>
      this.ai.add(event, turn)
      if (turn.role === 'assistant')
        this.code.answer(event.timestamp - (claimOf(turn.latency) ?? 0), turn.content)
    } else if (type === 'paste') this.pastes.addSignal(event, (data as EventData<'paste'>).lengthChars)
    else if (type === 'copy') {
      this.tally.add('signals.copies', event)
      this.code.copied(event)
    } else if (type === 'fullscreen_exit') this.tally.add('signals.fullscreenExits', event)
    else if (type === 'connection_lost') this.tally.add('signals.connectionLosses', event)
    else if (type === 'second_tab') this.tally.add('signals.secondTabs', event)
    else if (type === 'proctor_note') this.tally.add('annotations.notes', event)
    else if (type === 'proctor_flag') this.tally.add('annotations.flags', event)
    else if (type === 'proctor_message') this.tally.add('annotations.messages', event)
    else if (type === 'time_extended') this.tally.add('annotations.timeExtensions', event)
    else if (type === 'rejected') this.tally.add('recording.rejected', event)
    else if (type === 'quarantined') this.tally.add('recording.quarantined', event)
    else if (type === 'gap') {
      const { fromSeq, toSeq } = data as EventData<'gap'>
      this.tally.add('recording.lostEvents', event, claimOf(toSeq - fromSeq + 1) ?? 0)
    }
  }
}
