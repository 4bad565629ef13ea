import { PAUSED_TYPE } from '../../protocol/event-types.js'
import type { RecordedEvent } from '../../protocol/events.js'
import { type Limits, MAX_CHECKPOINTS } from './limits.js'

const MAX_LABEL_CHARS = 80

export interface Checkpoint {
  seq: number
  type: string
  timestamp: number
  label?: string
}

/** The events worth jumping to, as many as a list can show. */
export class Checkpoints {
  private list: Checkpoint[] = []
  private total = 0

  constructor(private readonly limits: Limits) {}

  get count(): number {
    return this.total
  }

  add(event: RecordedEvent): void {
    if (!event.checkpoint) return
    this.total++
    if (this.list.length >= MAX_CHECKPOINTS) {
      this.limits.reach('checkpoints')
      return
    }
    const { seq, type, timestamp } = event
    const label = labelOf(event)
    this.list.push({ seq, type, timestamp, ...(label !== null && { label }) })
  }

  inOrderOfTime(): Checkpoint[] {
    return this.list.map((one) => ({ ...one })).sort((a, b) => a.timestamp - b.timestamp || a.seq - b.seq)
  }

  save() {
    const list = this.list.map(
      ({ seq, type, timestamp, label }) => [seq, type, timestamp, label ?? null] as const,
    )
    return { total: this.total, list }
  }

  restore(saved: ReturnType<Checkpoints['save']>): void {
    this.total = saved.total
    this.list = saved.list.map(([seq, type, timestamp, label]) => {
      return { seq, type, timestamp, ...(label !== null && { label }) }
    })
  }
}

/** A few words on what happened: a name, a role, a title; never code. */
function labelOf({ type, data, fileId }: RecordedEvent): string | null {
  const { questionTitle, testName, role, toPath, code, text, reason } = (data ?? {}) as Record<
    string,
    unknown
  >
  const said = {
    session_start: questionTitle,
    test_result: testName,
    ai_interaction: role,
    file_renamed: toPath,
    rejected: code,
    quarantined: code,
    proctor_note: text,
    proctor_flag: text,
    proctor_message: text,
    [PAUSED_TYPE]: reason,
  }[type]
  const label = said ?? fileId ?? pathIn(data)
  return typeof label === 'string' && label !== '' ? label.slice(0, MAX_LABEL_CHARS) : null
}

function pathIn(data: unknown): unknown {
  const { filePath, fileName } = (data ?? {}) as Record<string, unknown>
  return filePath ?? fileName
}
