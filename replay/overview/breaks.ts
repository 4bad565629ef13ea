import { PAUSED_TYPE, RESUMED_TYPE } from '../../protocol/event-types.js'
import type { RecordedEvent } from '../../protocol/events.js'
import { labelled } from './labels.js'

const MAX_BREAKS = 1000

/** The times in which one of the candidate's tabs recorded nothing, as agreed. */
export class Breaks {
  private readonly found: { fromMs: number; toMs: number | null; label: string }[] = []
  private readonly open = new Map<number, { toMs: number | null }>()

  add({ type, timestamp, data, source }: RecordedEvent): void {
    if (type === PAUSED_TYPE && this.found.length < MAX_BREAKS) {
      const reason = (data as { reason?: unknown } | null)?.reason
      const label =
        typeof reason === 'string' && reason !== '' ? `Recording paused: ${reason}` : 'Recording paused'
      const pause = { fromMs: timestamp, toMs: null, label: labelled(label) }
      this.open.set(source, pause)
      this.found.push(pause)
    } else if (type === RESUMED_TYPE) {
      const pause = this.open.get(source)
      if (pause !== undefined) pause.toMs = timestamp
      this.open.delete(source)
    }
  }

  /** What is not over yet goes on to `endMs`. */
  made(endMs: number): { fromMs: number; toMs: number; label: string }[] {
    return this.found.map(({ fromMs, toMs, label }) => ({ fromMs, toMs: toMs ?? endMs, label }))
  }
}
