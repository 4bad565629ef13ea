import type { RecordedEvent } from '../../protocol/events.js'
import { PART_FIELDS } from '../../protocol/parts.js'
import { EMPTY_FOLD, type Fold } from '../fold/fold.js'
import { assemble } from '../fold/parts.js'
import { Log } from '../log.js'
import { unitsOf } from './segments.js'
import type { TextBudget } from './text-budget.js'

/** Makes whole again what came in pieces [R7], as replay does it, within the budget. */
export class WholeEvents {
  private fold: Fold = EMPTY_FOLD
  /** By source, what its pieces take. */
  private readonly units = new Map<string, number>()

  constructor(private readonly budget: TextBudget) {}

  /** `event` is null for a piece that others follow; `broken` counts the texts that turned out incomplete. */
  next(event: RecordedEvent): { event: RecordedEvent | null; broken: number } {
    const source = String(event.source)
    const hadOpen = this.units.has(source)
    const data = event.data as { part?: unknown } | null
    if (!hadOpen && (data?.part === undefined || !Object.hasOwn(PART_FIELDS, event.type)))
      return { event, broken: 0 }
    const assembled = assemble(this.fold, event)
    let broken = assembled.fold.divergences.length
    let fold: Fold = { ...assembled.fold, divergences: Log.empty() }
    const open = fold.pending.get(source)
    const before = this.units.get(source) ?? 0
    // A text of which the first piece has just come begins anew; one that goes on grows.
    const units = open === undefined ? 0 : (open.pieces.length === 1 ? 0 : before) + unitsOf(event.data)
    if (this.budget.take(units - before)) {
      if (open === undefined) this.units.delete(source)
      else this.units.set(source, units)
    } else {
      broken++
      this.budget.take(-before)
      this.units.delete(source)
      fold = { ...fold, pending: fold.pending.delete(source) }
    }
    this.fold = fold
    return { event: assembled.kind === 'whole' ? assembled.event : null, broken }
  }

  save() {
    return [...this.units].map(([source, units]) => [source, units, this.fold.pending.get(source)] as const)
  }

  restore(saved: ReturnType<WholeEvents['save']>): void {
    for (const [source, units, pending] of saved) {
      if (pending === undefined) continue
      this.units.set(source, units)
      this.fold = { ...this.fold, pending: this.fold.pending.set(source, pending) }
    }
  }
}
