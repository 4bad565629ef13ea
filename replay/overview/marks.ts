import { CHECKPOINT_PASTE_CHARS } from '../../protocol/event-types.js'
import type { RecordedEvent } from '../../protocol/events.js'
import type { OverviewMark } from '../overview.js'
import { labelled } from './labels.js'
import { ThinnedList } from './thinned-list.js'

const MAX_CHECKPOINTS = 10_000
/** Of all other marks. */
const MAX_OTHERS = 10_000

type Words = Pick<OverviewMark, 'kind' | 'label'>

const REMARKS: ReadonlyMap<string, Words> = new Map<string, Words>([
  ['proctor_note', { kind: 'note', label: 'Note' }],
  ['proctor_flag', { kind: 'note', label: 'Flag' }],
  ['proctor_message', { kind: 'note', label: 'Message to the candidate' }],
  ['time_extended', { kind: 'note', label: 'Time extended' }],
  ['tab_hidden', { kind: 'signal', label: 'Tab hidden' }],
  ['window_blur', { kind: 'signal', label: 'Window left' }],
  ['fullscreen_exit', { kind: 'signal', label: 'Left full screen' }],
  ['second_tab', { kind: 'signal', label: 'A second tab opened' }],
  ['connection_lost', { kind: 'signal', label: 'Connection lost' }],
  ['rejected', { kind: 'loss', label: 'An event was refused' }],
  ['quarantined', { kind: 'loss', label: 'An event was set aside' }],
  ['gap', { kind: 'loss', label: 'Events are missing' }],
])

const CHECKPOINTS: ReadonlyMap<string, string> = new Map([
  ['session_start', 'Start'],
  ['session_submit', 'Submitted'],
  ['file_created', 'File created'],
  ['file_deleted', 'File deleted'],
  ['file_renamed', 'File renamed'],
  ['code_snapshot', 'Saved'],
  ['ai_interaction', 'The assistant answered'],
])

/** The single things of a recording. Checkpoints, of which a recording may have most, never take the others' room. */
export class Marks {
  private readonly checkpoints = new ThinnedList<OverviewMark>(MAX_CHECKPOINTS)
  private readonly others = new ThinnedList<OverviewMark>(MAX_OTHERS)
  private run: {
    mark: { -readonly [K in keyof OverviewMark]: OverviewMark[K] }
    passed: number
    failed: number
  } | null = null

  /** Takes events in the order of replay. */
  add(event: RecordedEvent): void {
    const { type } = event
    if (type === 'code_edit' || type === 'terminal_stream' || type === 'keystroke' || type === 'cursor')
      return
    // The results of a run are one mark, whose words grow with them.
    if (type === 'test_run_start') this.run = null
    else if (type === 'test_result') this.addResult(event)
    else {
      const remark = remarkOf(event)
      if (remark !== null) this.others.add(markOf(event, 'remarks', remark))
      else if (event.checkpoint)
        this.checkpoints.add(
          markOf(event, 'checkpoints', { kind: 'checkpoint', label: checkpointLabel(event) }),
        )
    }
  }

  made(): { marks: OverviewMark[]; marksLeftOut: number } {
    const marks = [...this.checkpoints.items, ...this.others.items].map((mark) => ({ ...mark }))
    return {
      marks: marks.sort((a, b) => a.atMs - b.atMs || a.seq - b.seq),
      marksLeftOut: this.checkpoints.leftOut + this.others.leftOut,
    }
  }

  private addResult(event: RecordedEvent): void {
    if (this.run === null) {
      const mark = markOf(event, 'tests', { kind: 'pass', label: '' })
      this.run = { mark, passed: 0, failed: 0 }
      this.others.add(mark)
    }
    const { run } = this
    if ((event.data as { passed?: unknown } | null)?.passed === true) run.passed++
    else run.failed++
    run.mark.kind = run.failed === 0 ? 'pass' : run.passed === 0 ? 'fail' : 'mixed'
    run.mark.label = `Tests: ${run.passed} passed, ${run.failed} failed`
  }
}

const markOf = (event: RecordedEvent, lane: OverviewMark['lane'], { kind, label }: Words) => ({
  atMs: event.timestamp,
  seq: event.seq,
  lane,
  kind,
  label: labelled(label),
  isCheckpoint: event.checkpoint,
})

function remarkOf({ type, data }: RecordedEvent): Words | null {
  if (type === 'ai_interaction') {
    const isAsked = (data as { role?: unknown } | null)?.role === 'user'
    return isAsked ? { kind: 'ai', label: 'Asked the assistant' } : null
  }
  if (type === 'paste') {
    const chars = (data as { lengthChars?: unknown } | null)?.lengthChars
    const isLong = typeof chars === 'number' && chars >= CHECKPOINT_PASTE_CHARS
    return isLong ? { kind: 'signal', label: `Pasted ${chars} characters` } : null
  }
  return REMARKS.get(type) ?? null
}

function checkpointLabel({ type, fileId }: RecordedEvent): string {
  const words = CHECKPOINTS.get(type) ?? type.replace(/^custom:/, '')
  return fileId === null ? words : `${words}: ${fileId}`
}
