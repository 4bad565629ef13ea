import type { RecordedEvent } from '../../protocol/events.js'
import type { Fold } from '../fold/fold.js'
import { orderedEvents } from '../ordered-events.js'
import type { Overview } from '../overview.js'
import type { Replayer, ReplayPlace, StepKind, StopSignal } from '../replayer.js'
import type { ReplayState } from '../state.js'
import { isBeyond } from '../timeline.js'
import { createView } from '../view.js'
import { KeyframeChain, type Stretch } from './keyframe-chain.js'
import { nearestEvent } from './nearest-event.js'
import type { RecordingIndex, RecordingSource } from './recording-source.js'
import { Aborted, SegmentLoader, unlessAborted } from './segment-loader.js'
import { type MostEvents, type NumberedSegment, StretchEvents } from './stretch-events.js'
import { Window } from './window.js'

/** The one looked at, its neighbours, and one more to come back to. */
const MAX_WINDOWS = 4
/** Stored keyframes of no more than this are loaded in the background, so that every later jump is a short one. */
const MAX_BACKGROUND_BYTES = 16 * 1024 * 1024

/** Opens a recording. Rejects where its index can't be loaded. */
export async function openRecordingReplayer(
  source: RecordingSource,
  signal: AbortSignal = new AbortController().signal,
): Promise<SegmentedReplayer> {
  return new SegmentedReplayer(source, await source.loadIndex(signal))
}

/**
 * A recording of any length, of which only what is looked at is in memory: the events of the window around the moment and
 * of its neighbours, and the keyframes.
 */
export class SegmentedReplayer implements Replayer {
  private readonly listeners = new Set<() => void>()
  private readonly segments: SegmentLoader
  private readonly stretchEvents: StretchEvents
  private readonly chain: KeyframeChain
  private readonly view = createView()
  private readonly numbered: readonly NumberedSegment[]
  /** By stretch, those used last at the end. */
  private readonly windows = new Map<number, Window>()
  private readonly closing = new AbortController()
  /** Windows under way. */
  private readonly loading = new Map<
    number,
    { promise: Promise<Window | null>; controller: AbortController }
  >()
  /** Of the newest ready(). */
  private current = new AbortController()
  private aroundStretch = -1
  private shownStretch = -1
  private shownMs = 0
  private hasShown = false
  private isLoadingStored = false
  private revisions = 0

  constructor(
    source: RecordingSource,
    private readonly index: RecordingIndex,
  ) {
    this.segments = new SegmentLoader(source)
    this.numbered = index.segments.map((segment, n) => ({ ...segment, n }))
    this.stretchEvents = new StretchEvents(this.segments, this.numbered)
    this.chain = new KeyframeChain(source, index, (place) => this.eventsBeyond(place), this.closing.signal)
  }

  get overview(): Overview {
    return this.index.overview
  }

  get revision(): number {
    return this.revisions
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  stateAt(atMs: number): ReplayState | null {
    const stretch = this.chain.stretchAt(atMs)
    const window = stretch === null ? undefined : this.used(stretch)
    if (stretch === null || window === undefined) return null
    const before = this.shownStretch === stretch - 1 ? (this.windows.get(stretch - 1) ?? null) : null
    // Who looks at a second moment of it stays, and goes on into its neighbours; who jumps about needs none of them.
    if (this.shownStretch === stretch && this.shownMs !== atMs) {
      // In a task of its own: what is shown now should not wait for requests to be made.
      setTimeout(() => this.loadBeside(stretch), 0)
    }
    this.shownStretch = stretch
    this.shownMs = atMs
    return window.stateAt(atMs, before)
  }

  async ready(atMs: number): Promise<boolean> {
    this.current.abort()
    this.current = new AbortController()
    const { signal } = this.current
    try {
      await this.chain.reach(atMs, signal)
      const stretch = this.chain.stretchAt(atMs) as number
      this.giveUpFarFrom(stretch)
      const isHere = this.windows.get(stretch) !== undefined
      await this.window(stretch, signal)
      if (signal.aborted) return false
      if (!isHere) this.changed()
      // Not with the first frame, which should not share the line with them.
      if (this.hasShown) this.loadStored()
      this.hasShown = true
      return true
    } catch (error) {
      if (signal.aborted || error instanceof Aborted) return false
      throw error
    }
  }

  /** The times between which moments can be shown without loading anything, around one; null where that one can't. */
  loadedStretch(atMs: number): { fromMs: number; toMs: number } | null {
    const stretch = this.chain.stretchAt(atMs)
    const window = stretch === null ? undefined : this.windows.get(stretch)
    if (window === undefined) return null
    const { startMs, endMs } = this.overview
    const { from, to } = this.chain.stretch(window.stretch) as Stretch
    return {
      fromMs: Math.max(from.atMs, startMs),
      toMs: to === null ? endMs : Math.max(from.atMs, to.atMs - 1),
    }
  }

  async step(from: ReplayPlace, direction: 1 | -1, kind: StepKind): Promise<ReplayPlace | null> {
    const { signal } = this.closing
    await this.chain.reach(from.atMs, signal)
    for (let n = this.chain.stretchAt(from.atMs) as number; n >= 0; n += direction) {
      const window = await this.window(n, signal)
      if (window === null) return null
      await this.complete(window, signal)
      const found = nearestEvent(window.events, from, direction, kind)
      if (found !== null) return found
    }
    return null
  }

  async *events(stop?: StopSignal): AsyncGenerator<readonly RecordedEvent[]> {
    for await (const batch of this.ordered(this.numbered, this.closing.signal)) {
      if (stop?.aborted === true) return
      yield batch
    }
  }

  close(): void {
    this.closing.abort()
    this.current.abort()
    this.giveUpFarFrom(Number.NEGATIVE_INFINITY)
    this.listeners.clear()
    this.windows.clear()
  }

  private used(stretch: number): Window | undefined {
    const window = this.windows.get(stretch)
    if (window === undefined) return undefined
    this.windows.delete(stretch)
    this.windows.set(stretch, window)
    return window
  }

  /** The window of a stretch, loaded where it is not here; null behind the last. Whoever asks waits for the same load. */
  private async window(n: number, signal: AbortSignal): Promise<Window | null> {
    const known = this.used(n)
    if (known !== undefined) return known
    let loading = this.loading.get(n)
    if (loading === undefined) {
      const controller = new AbortController()
      const promise = this.loadWindow(n, controller.signal).finally(() => {
        if (this.loading.get(n) === loading) this.loading.delete(n)
      })
      loading = { promise, controller }
      this.loading.set(n, loading)
    }
    return unlessAborted(loading.promise, signal)
  }

  private async loadWindow(n: number, signal: AbortSignal): Promise<Window | null> {
    const loaded = await this.loadStretch(n, signal)
    if (loaded === null) return null
    const { events, fold, isWhole } = loaded
    const window = new Window(n, events, fold, this.view, isWhole)
    if (this.closing.signal.aborted) throw new Aborted()
    this.windows.set(n, window)
    for (const oldest of this.windows.keys()) {
      if (this.windows.size <= MAX_WINDOWS) break
      // A step that looks far must not take away what is shown meanwhile.
      if (oldest !== this.shownStretch) this.windows.delete(oldest)
    }
    return window
  }

  /** Where a stretch lies is mostly known before: its events and what they go on from then come beside each other. */
  private async loadStretch(n: number, signal: AbortSignal): Promise<(MostEvents & { fold: Fold }) | null> {
    const known = this.chain.stretch(n)
    const isReached = this.chain.reachStretch(n, signal)
    const [early] = await Promise.all([known?.to ? this.stretchEvents.most(known, signal) : null, isReached])
    const stretch = this.chain.stretch(n)
    const fold = this.chain.foldBefore(n)
    if (stretch === null || fold === null) return null
    return { ...(early ?? (await this.stretchEvents.most(stretch, signal))), fold }
  }

  /** Loads of windows that are not around the moment which is asked for now are stale. */
  private giveUpFarFrom(stretch: number): void {
    for (const [n, { controller }] of this.loading) {
      if (Math.abs(n - stretch) <= 1) continue
      this.loading.delete(n)
      controller.abort()
    }
  }

  private async complete(window: Window, signal: AbortSignal): Promise<void> {
    if (window.isWhole) return
    window.complete(await this.stretchEvents.behind(this.chain.stretch(window.stretch) as Stretch, signal))
  }

  private loadBeside(stretch: number): void {
    if (this.closing.signal.aborted) return
    // Whoever went elsewhere meanwhile has other neighbours.
    if (this.shownStretch === stretch) this.loadAround(stretch)
    this.loadStored()
  }

  /** What is likely to be looked at next; whoever needs it then and finds it missing is told why. */
  private loadAround(stretch: number): void {
    if (this.aroundStretch === stretch) return
    this.aroundStretch = stretch
    this.loadAhead(stretch).catch(() => {
      if (this.aroundStretch === stretch) this.aroundStretch = -1
    })
  }

  private async loadAhead(stretch: number): Promise<void> {
    const { signal } = this.closing
    await this.window(stretch + 1, signal)
    // Its end is what the next one goes on from.
    const here = this.windows.get(stretch)
    if (here !== undefined) await this.complete(here, signal)
    if (stretch > 0) await this.window(stretch - 1, signal)
  }

  private loadStored(): void {
    const bytes = this.index.keyframes.reduce((sum, run) => sum + run.bytes, 0)
    if (this.isLoadingStored || bytes > MAX_BACKGROUND_BYTES) return
    this.isLoadingStored = true
    this.chain.loadStored(this.closing.signal).catch(() => {
      this.isLoadingStored = false
    })
  }

  private ordered(segments: readonly NumberedSegment[], signal: AbortSignal) {
    const { segments: loader } = this
    return orderedEvents({
      segments,
      async *load({ n }) {
        yield (await loader.load(n, signal)).events
      },
    })
  }

  private async *eventsBeyond(place: ReplayPlace): AsyncGenerator<readonly RecordedEvent[]> {
    const segments = this.numbered.filter(({ lastMs }) => lastMs >= place.atMs)
    for await (const batch of this.ordered(segments, this.closing.signal)) {
      const beyond = batch.filter((event) => isBeyond(event, place))
      if (beyond.length > 0) yield beyond
    }
  }

  private changed(): void {
    this.revisions++
    for (const listener of this.listeners) listener()
  }
}
