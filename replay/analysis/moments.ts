import type { RecordedEvent } from '../../protocol/events.js'
import type { EventRef } from './tally.js'

/** When each event was and of what type, in a few bytes: any of them may be named in the end. */
export class Moments {
  private seqs = new Float64Array(1024)
  private times = new Float64Array(1024)
  private typeIds = new Uint16Array(1024)
  private count = 0
  private readonly types: string[] = []
  private readonly idOfType = new Map<string, number>()

  add({ seq, timestamp, type }: RecordedEvent): void {
    if (this.count === this.seqs.length) this.grow()
    this.seqs[this.count] = seq
    this.times[this.count] = timestamp
    this.typeIds[this.count] = this.typeId(type)
    this.count++
  }

  of(seq: number): EventRef {
    let [low, high] = [0, this.count]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.seqs[middle] as number) < seq) low = middle + 1
      else high = middle
    }
    if (this.seqs[low] !== seq || low >= this.count) return { seq, timestamp: 0, type: '' }
    return { seq, timestamp: this.times[low] as number, type: this.types[this.typeIds[low] as number] ?? '' }
  }

  /** Of each of these times, ascending, the last event until then; where all are later, the first one. None without events. */
  lastUntil(timesMs: readonly number[]): EventRef[] {
    if (this.count === 0) return []
    const found = new Array<number>(timesMs.length).fill(-1)
    let first = 0
    for (let i = 0; i < this.count; i++) {
      const time = this.times[i] as number
      if (time < (this.times[first] as number)) first = i
      let [low, high] = [0, timesMs.length]
      while (low < high) {
        const middle = (low + high) >>> 1
        if ((timesMs[middle] as number) < time) low = middle + 1
        else high = middle
      }
      const best = found[low]
      if (best !== undefined && (best < 0 || time >= (this.times[best] as number))) found[low] = i
    }
    let last = -1
    return found.map((i) => {
      if (i >= 0) last = i
      return this.of(this.seqs[last < 0 ? first : last] as number)
    })
  }

  private typeId(type: string): number {
    const known = this.idOfType.get(type)
    if (known !== undefined) return known
    if (this.types.length > 0xffff) return 0xffff
    this.idOfType.set(type, this.types.length)
    return this.types.push(type) - 1
  }

  private grow(): void {
    const size = this.count * 2
    const [seqs, times, typeIds] = [new Float64Array(size), new Float64Array(size), new Uint16Array(size)]
    seqs.set(this.seqs)
    times.set(this.times)
    typeIds.set(this.typeIds)
    Object.assign(this, { seqs, times, typeIds })
  }
}
