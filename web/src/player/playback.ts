import type { RecordedEvent } from '../../../protocol/events.js'
import type { ReplayEngine, ReplayState } from '../../../replay/index.js'

/** following: at the newest event, whatever comes · playing: moving through the past · paused: standing still. */
export type PlaybackMode = 'following' | 'playing' | 'paused'

export interface PlaybackView {
  mode: PlaybackMode
  /** The state that the panes show. */
  state: ReplayState
  /** The moment shown, epoch ms. */
  atMs: number
  /** First and last event, epoch ms; equal to each other before the first event. */
  startMs: number
  endMs: number
  speed: number
  skipsIdle: boolean
  eventCount: number
  /** Grows whenever the set of events changed. */
  revision: number
}

export const SPEEDS = [0.5, 1, 2, 4, 8, 16, 32] as const

/** Silence beyond this is skipped; this much of it is still played, before and after. */
const IDLE_MS = 3000

export interface Frames {
  request(callback: (nowMs: number) => void): number
  cancel(handle: number): void
}

const browserFrames: Frames = {
  request: (callback) => requestAnimationFrame(callback),
  cancel: (handle) => cancelAnimationFrame(handle),
}

/**
 * The one player of live and recorded sessions: events go in, the state at the playhead comes out, at most once
 * a frame. It knows nothing of where events come from.
 */
export class Playback {
  private mode: PlaybackMode = 'following'
  private atMs = 0
  private speed = 1
  private skipsIdle = true
  private live = false
  private revision = 0
  private frame: number | undefined
  private lastFrameMs: number | undefined
  private view: PlaybackView
  private readonly listeners = new Set<() => void>()

  constructor(
    private readonly engine: ReplayEngine,
    private readonly frames: Frames = browserFrames,
  ) {
    this.view = this.look()
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  readonly current = (): PlaybackView => this.view

  /** Events in the order of replay. */
  get events(): readonly RecordedEvent[] {
    return this.engine.events
  }

  insert(events: readonly RecordedEvent[]): void {
    this.engine.insert(events)
    this.changed()
  }

  dropAbove(seq: number): void {
    this.engine.dropAbove(seq)
    this.changed()
  }

  /** Plays on from the playhead; from the start when it stands at the end. */
  play(): void {
    if (this.mode === 'playing' || this.engine.eventCount === 0) return
    if (this.mode === 'following' || this.atMs >= this.endMs) this.atMs = this.startMs
    this.mode = 'playing'
    this.lastFrameMs = undefined
    this.schedule()
  }

  pause(): void {
    if (this.engine.eventCount === 0) return
    if (this.mode === 'following') this.atMs = this.endMs
    this.mode = 'paused'
    this.schedule()
  }

  /** Pauses what moves, and a live session moves while it is followed; plays what stands still. */
  toggle(): void {
    if (this.mode === 'playing' || (this.mode === 'following' && this.live)) this.pause()
    else this.play()
  }

  /** Whether more events are to be expected: playing then ends in following, not in standing still. */
  setLive(live: boolean): void {
    this.live = live
  }

  /** Goes to the newest event and stays there. */
  follow(): void {
    this.mode = 'following'
    this.schedule()
  }

  /** Moves the playhead, epoch ms; keeps playing when it was. */
  seek(atMs: number): void {
    if (this.engine.eventCount === 0) return
    this.atMs = Math.min(Math.max(atMs, this.startMs), this.endMs)
    if (this.mode === 'following') this.mode = 'paused'
    this.lastFrameMs = undefined
    this.schedule()
  }

  /** To the next or the previous checkpoint. */
  step(direction: 1 | -1): void {
    const times = this.engine.checkpoints.map((event) => event.timestamp)
    const here = this.playheadMs
    const target = direction > 0 ? times.find((at) => at > here) : times.findLast((at) => at < here)
    this.seek(target ?? (direction > 0 ? this.endMs : this.startMs))
    this.pause()
  }

  setSpeed(speed: number): void {
    this.speed = speed
    this.schedule()
  }

  setSkipsIdle(skipsIdle: boolean): void {
    this.skipsIdle = skipsIdle
    this.schedule()
  }

  stop(): void {
    if (this.frame !== undefined) this.frames.cancel(this.frame)
    this.frame = undefined
    this.listeners.clear()
  }

  private get startMs(): number {
    return this.engine.firstMs ?? 0
  }

  private get endMs(): number {
    return this.engine.lastMs ?? 0
  }

  private get playheadMs(): number {
    return this.mode === 'following' ? this.endMs : this.atMs
  }

  private changed(): void {
    this.revision += 1
    this.schedule()
  }

  private schedule(): void {
    this.frame ??= this.frames.request(this.onFrame)
  }

  private readonly onFrame = (nowMs: number): void => {
    this.frame = undefined
    if (this.mode === 'playing') this.advance(nowMs)
    this.view = this.look()
    for (const listener of this.listeners) listener()
    if (this.mode === 'playing') this.schedule()
  }

  private advance(nowMs: number): void {
    const passedMs = this.lastFrameMs === undefined ? 0 : nowMs - this.lastFrameMs
    this.lastFrameMs = nowMs
    this.atMs += passedMs * this.speed
    if (this.skipsIdle) this.atMs = skipIdle(this.engine.events, this.atMs)
    if (this.atMs < this.endMs) return
    this.atMs = this.endMs
    this.mode = this.live ? 'following' : 'paused'
  }

  private look(): PlaybackView {
    const atMs = this.playheadMs
    return {
      mode: this.mode,
      state: this.mode === 'following' ? this.engine.stateAt() : this.engine.stateAt(atMs),
      atMs,
      startMs: this.startMs,
      endMs: this.endMs,
      speed: this.speed,
      skipsIdle: this.skipsIdle,
      eventCount: this.engine.eventCount,
      revision: this.revision,
    }
  }
}

/** Where the playhead goes from `atMs`, in the middle of a silence: close to the silence's end. */
export function skipIdle(events: readonly { timestamp: number }[], atMs: number): number {
  const next = firstAfter(events, atMs)
  const before = events[next - 1]
  const after = events[next]
  if (before === undefined || after === undefined) return atMs
  const silent = after.timestamp - before.timestamp > 2 * IDLE_MS && atMs - before.timestamp >= IDLE_MS
  return silent ? Math.max(atMs, after.timestamp - IDLE_MS) : atMs
}

/** The index of the first event later than `atMs`. */
function firstAfter(events: readonly { timestamp: number }[], atMs: number): number {
  let low = 0
  let high = events.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((events[middle] as { timestamp: number }).timestamp <= atMs) low = middle + 1
    else high = middle
  }
  return low
}
