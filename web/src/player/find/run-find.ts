import { Finder, type FindHit, type FindQuery, type Replayer } from '../../../../replay/index.js'

/** So long at a time is looked; then the page may draw and answer. */
const SLICE_MS = 8
const LOOK_AT_CLOCK_EVERY = 64

export interface FindProgress {
  hits: readonly FindHit[]
  /** What is before this was looked at, epoch ms. */
  untilMs: number
  isDone: boolean
  /** There may be more than are kept. */
  isFull: boolean
}

/** Looks through a whole recording in slices, and tells after each that found something, and at the end. */
export async function runFind(
  replayer: Pick<Replayer, 'events'>,
  query: FindQuery,
  signal: AbortSignal,
  tell: (progress: FindProgress) => void,
): Promise<void> {
  const finder = new Finder(query)
  let told = 0
  let untilMs = 0
  let sliceEndMs = performance.now() + SLICE_MS
  const progress = (isDone: boolean) => {
    told = finder.hits.length
    tell({ hits: finder.hits.slice(), untilMs, isDone, isFull: finder.isFull })
  }
  for await (const events of replayer.events(signal)) {
    for (const [i, event] of events.entries()) {
      finder.add(event)
      untilMs = event.timestamp
      if (i % LOOK_AT_CLOCK_EVERY > 0 || performance.now() < sliceEndMs) continue
      if (finder.hits.length > told) progress(false)
      await new Promise((resolve) => setTimeout(resolve))
      if (signal.aborted) return
      sliceEndMs = performance.now() + SLICE_MS
    }
    if (finder.isFull) break
  }
  if (!signal.aborted) progress(true)
}
