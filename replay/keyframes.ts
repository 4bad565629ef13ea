import type { Fold } from './fold/fold.js'

/** Every so many events a fold is kept for good: what a seek folds at most. */
export const KEYFRAME_EVENTS = 2048
/** Near the end folds are kept this densely: events that come a little late fold only so many again. */
export const RECENT_EVENTS = 64

export interface Keyframe {
  /** How many events, from the start, are folded into it. */
  readonly index: number
  readonly fold: Fold
}

/** Folds by their place, ascending. They share structure, so one costs little more than its own object. */
export class Keyframes {
  private readonly kept: Keyframe[]

  constructor(empty: Fold) {
    this.kept = [{ index: 0, fold: empty }]
  }

  get count(): number {
    return this.kept.length
  }

  /** Offers a fold; it is kept where its place calls for one and lies beyond all others. */
  offer(index: number, fold: Fold): void {
    if (index % RECENT_EVENTS !== 0 || index <= this.at(this.kept.length - 1).index) return
    this.kept.push({ index, fold })
    if (index % KEYFRAME_EVENTS === 0) this.thin(index - KEYFRAME_EVENTS)
  }

  /** The last keyframe with at most `index` events. */
  nearest(index: number): Keyframe {
    let low = 0
    let high = this.kept.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.at(middle).index <= index) low = middle
      else high = middle - 1
    }
    return this.at(low)
  }

  /** Events from place `index` on have changed. */
  dropAfter(index: number): void {
    while (this.at(this.kept.length - 1).index > index) this.kept.pop()
  }

  private thin(beforeIndex: number): void {
    const recent = this.kept.findIndex((keyframe) => keyframe.index > beforeIndex)
    const dense = this.kept.findIndex((keyframe) => keyframe.index % KEYFRAME_EVENTS !== 0)
    if (dense < 0 || dense >= recent) return
    const coarse = this.kept.slice(dense, recent).filter((keyframe) => keyframe.index % KEYFRAME_EVENTS === 0)
    this.kept.splice(dense, recent - dense, ...coarse)
  }

  private at(place: number): Keyframe {
    return this.kept[place] as Keyframe
  }
}
