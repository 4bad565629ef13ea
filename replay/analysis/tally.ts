import type { RecordedEvent } from '../../protocol/events.js'
import type { FileMetricName, MetricName } from './metrics.js'

/** What a contribution names of an event. */
export interface EventRef {
  seq: number
  timestamp: number
  type: string
}

export const refOf = ({ seq, timestamp, type }: EventRef): EventRef => ({ seq, timestamp, type })

/** Hears of every amount as it is counted, so that what explains a number is what made it; `filePath` where it is of one file. */
export type Listener = (
  metric: MetricName | FileMetricName,
  event: RecordedEvent,
  amount: number,
  filePath?: string,
) => void

/** What an event claims counts up to here: sums of claims stay whole numbers whatever is claimed. */
export const MAX_CLAIM = 1_000_000_000

/** A number that an event claims, within 0 and {@link MAX_CLAIM}; null where it claims none. */
export const claimOf = (value: unknown): number | null =>
  typeof value === 'number' && value >= 0 ? Math.min(value, MAX_CLAIM) : null

/** Means are summed in millionths of their unit's thousandth, as whole numbers: no order of adding changes them. */
const PARTS_PER_UNIT = 1000

/** Sums and means under the names of their metrics. */
export class Tally {
  private readonly sums = new Map<string, number>()
  private readonly means = new Map<string, { sum: number; count: number }>()

  constructor(private readonly listener?: Listener) {}

  add(metric: MetricName, event: RecordedEvent, amount = 1): void {
    if (amount === 0) return
    this.sums.set(metric, (this.sums.get(metric) ?? 0) + amount)
    this.listener?.(metric, event, amount)
  }

  /** An amount of one file: who lists the files adds it up. */
  ofFile(metric: FileMetricName, event: RecordedEvent, filePath: string, amount = 1): void {
    if (amount !== 0) this.listener?.(metric, event, amount, filePath)
  }

  /** One more value of a mean. */
  measure(metric: MetricName, event: RecordedEvent, value: number): void {
    const mean = this.means.get(metric) ?? { sum: 0, count: 0 }
    mean.sum += Math.round(value * PARTS_PER_UNIT)
    mean.count++
    this.means.set(metric, mean)
    this.listener?.(metric, event, value)
  }

  sum(metric: MetricName): number {
    return this.sums.get(metric) ?? 0
  }

  mean(metric: MetricName): number | null {
    const mean = this.means.get(metric)
    return mean === undefined ? null : mean.sum / PARTS_PER_UNIT / mean.count
  }

  save() {
    return {
      sums: [...this.sums],
      means: [...this.means].map(([name, m]) => [name, m.sum, m.count] as const),
    }
  }

  restore(saved: ReturnType<Tally['save']>): void {
    for (const [name, sum] of saved.sums) this.sums.set(name, sum)
    for (const [name, sum, count] of saved.means) this.means.set(name, { sum, count })
  }
}
