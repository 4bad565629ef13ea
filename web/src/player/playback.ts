import {
  createReplayEngine,
  type Overview,
  type Replayer,
  type ReplayPlace,
  type ReplayState,
  type StepKind,
} from '../../../replay/index.js'
import { skipIdle } from './skip-idle.js'

/** following: at the newest event, whatever comes · playing: moving through the past · paused: standing still. */
export type PlaybackMode = 'following' | 'playing' | 'paused'

export interface PlaybackView {
  mode: PlaybackMode
  /** The state that the panes show; while `isLoading`, the last one that was there. */
  state: ReplayState
  overview: Overview
  /** The moment of the playhead, epoch ms. */
  atMs: number
  /** Where the viewer stopped or went to last, epoch ms: the moment that a link names. Null while following. */
  anchorMs: number | null
  /** Where the playhead stood before it went to where it went last, epoch ms; null before that. */
  visitedMs: number | null
  speed: number
  skipsIdle: boolean
  /** What the playhead stands at, or is to step to, is on its way. */
  isLoading: boolean
  /** Why what the playhead stands at could not be loaded, in words; null where nothing failed. */
  loadFailure: string | null
  /** Why the place of a step could not be found, in words; null where nothing failed, or the viewer went elsewhere since. */
  stepFailure: string | null
  /** Grows whenever the set of events changed. */
  revision: number
}

export const SPEEDS = [0.5, 1, 2, 4, 8, 16, 32] as const
const FASTEST = SPEEDS[SPEEDS.length - 1] as number

export interface Frames {
  request(callback: (nowMs: number) => void): number
  cancel(handle: number): void
}

const EMPTY_STATE = createReplayEngine().stateAt()

const browserFrames: Frames = {
  request: (callback) => requestAnimationFrame(callback),
  cancel: (handle) => cancelAnimationFrame(handle),
}

/**
 * The one player of live and recorded sessions: a moment goes in, the state at that moment comes out, at most once a
 * frame. It knows nothing of where events come from, nor how much of them is here.
 * INVARIANT: the playhead is where it was sent, at once; only the state may lag behind it, and `isLoading` says so.
 */
export class Playback {
  private mode: PlaybackMode = 'following'
  private atMs = 0
  private anchorMs: number | null = null
  private visitedMs: number | null = null
  private speed = 1
  private skipsIdle = true
  private live = false
  private frame: number | undefined
  private lastFrameMs: number | undefined
  /** What is being loaded, or failed to: of which moment, and of which revision. */
  private wanted: { atMs: number; revision: number; failure: string | null } | null = null
  /** A step that is on its way, or failed; null once the viewer went elsewhere. */
  private stepping: { direction: 1 | -1; kind: StepKind; failure: string | null } | null = null
  private view: PlaybackView
  private unsubscribe: () => void
  private readonly listeners = new Set<() => void>()

  constructor(
    private replayer: Replayer,
    private readonly frames: Frames = browserFrames,
  ) {
    this.unsubscribe = replayer.subscribe(() => this.schedule())
    this.view = this.look(EMPTY_STATE)
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  readonly current = (): PlaybackView => this.view

  /** What is played; for whoever needs its events. */
  get source(): Replayer {
    return this.replayer
  }

  /** Plays another replayer of the same session from now on, at the same moment; a step that was not done is done in it. */
  use(replayer: Replayer): void {
    this.unsubscribe()
    this.replayer = replayer
    this.unsubscribe = replayer.subscribe(() => this.schedule())
    this.retry()
  }

  /** Plays on from the playhead; from the start when it stands at the end. */
  play(): void {
    if (this.mode === 'playing' || this.isEmpty) return
    if (this.mode === 'following' || this.atMs >= this.endMs) this.atMs = this.overview.startMs
    this.mode = 'playing'
    this.stepping = null
    this.lastFrameMs = undefined
    this.schedule()
  }

  pause(): void {
    if (this.isEmpty) return
    if (this.mode === 'following') this.atMs = this.endMs
    this.mode = 'paused'
    this.anchorMs = this.atMs
    this.schedule()
  }

  /** Pauses what moves, and a live session moves while it is followed; plays what stands still. */
  toggle(): void {
    if (this.mode === 'playing' || (this.mode === 'following' && this.live)) this.pause()
    else this.play()
  }

  /** Plays; twice as fast with each further wish. */
  playFaster(): void {
    if (this.mode === 'playing') this.setSpeed(Math.min(FASTEST, this.speed * 2))
    else if (this.mode === 'paused') this.play()
  }

  /** Whether more events are to be expected: playing then ends in following, not in standing still. */
  setLive(live: boolean): void {
    this.live = live
  }

  /** Goes to the newest event and stays there. */
  follow(): void {
    this.mode = 'following'
    this.stepping = null
    this.anchorMs = null
    this.schedule()
  }

  /** Moves the playhead, epoch ms; keeps playing when it was. */
  seek(atMs: number): void {
    if (this.isEmpty) return
    this.stepping = null
    const fromMs = this.playheadMs
    this.atMs = Math.min(Math.max(atMs, this.overview.startMs), this.endMs)
    if (this.atMs !== fromMs) this.visitedMs = fromMs
    this.anchorMs = this.atMs
    if (this.mode === 'following') this.mode = 'paused'
    this.lastFrameMs = undefined
    this.schedule()
  }

  seekBy(ms: number): void {
    this.seek(this.playheadMs + ms)
  }

  /**
   * To the moment of the next or the previous event of a kind, or to the recording's end or start; pauses there. All that
   * happened within one millisecond is one step.
   */
  async step(direction: 1 | -1, kind: StepKind): Promise<void> {
    if (this.isEmpty) return
    const from = { atMs: this.playheadMs, seq: direction > 0 ? Number.MAX_SAFE_INTEGER : 0 }
    this.pause()
    const stepping = { direction, kind, failure: null as string | null }
    this.stepping = stepping
    let place: ReplayPlace | null
    try {
      place = await this.replayer.step(from, direction, kind)
    } catch (error) {
      stepping.failure = (error as Error).message
      this.schedule()
      return
    }
    // Whoever moved on meanwhile is not called back.
    if (this.stepping !== stepping) return
    this.seek(place?.atMs ?? (direction > 0 ? this.endMs : this.overview.startMs))
  }

  setSpeed(speed: number): void {
    this.speed = speed
    this.schedule()
  }

  setSkipsIdle(skipsIdle: boolean): void {
    this.skipsIdle = skipsIdle
    this.schedule()
  }

  /** Loads again what failed to load, and does again the step that failed. */
  retry(): void {
    const { stepping } = this
    this.wanted = null
    if (stepping !== null) void this.step(stepping.direction, stepping.kind)
    this.schedule()
  }

  stop(): void {
    if (this.frame !== undefined) this.frames.cancel(this.frame)
    this.frame = undefined
    this.unsubscribe()
    this.listeners.clear()
  }

  private get overview(): Overview {
    return this.replayer.overview
  }

  private get isEmpty(): boolean {
    return this.overview.eventCount === 0
  }

  private get endMs(): number {
    return this.overview.endMs
  }

  private get playheadMs(): number {
    return this.mode === 'following' ? this.endMs : this.atMs
  }

  private schedule(): void {
    this.frame ??= this.frames.request(this.onFrame)
  }

  private readonly onFrame = (nowMs: number): void => {
    this.frame = undefined
    if (this.mode === 'playing' && !this.view.isLoading) this.advance(nowMs)
    this.view = this.look(this.view.state)
    for (const listener of this.listeners) listener()
    // What is loading asks for a frame when it is there.
    if (this.mode === 'playing' && !this.view.isLoading) this.schedule()
  }

  private advance(nowMs: number): void {
    const passedMs = this.lastFrameMs === undefined ? 0 : nowMs - this.lastFrameMs
    this.lastFrameMs = nowMs
    this.atMs += passedMs * this.speed
    if (this.skipsIdle) this.atMs = skipIdle(this.overview.silences, this.atMs)
    if (this.atMs < this.endMs) return
    this.atMs = this.endMs
    this.mode = this.live ? 'following' : 'paused'
    this.anchorMs = this.live ? null : this.endMs
  }

  private look(last: ReplayState): PlaybackView {
    const { replayer, overview, mode, anchorMs, visitedMs, speed, skipsIdle } = this
    const atMs = this.playheadMs
    const state = overview.eventCount === 0 ? EMPTY_STATE : replayer.stateAt(atMs)
    if (state === null) this.load(atMs)
    else this.wanted = null
    const loadFailure = this.wanted?.failure ?? null
    const stepFailure = this.stepping?.failure ?? null
    const isStepping = this.stepping !== null && stepFailure === null
    return {
      mode,
      state: state ?? last,
      overview,
      atMs,
      anchorMs,
      visitedMs,
      speed,
      skipsIdle,
      isLoading: isStepping || (state === null && loadFailure === null),
      loadFailure,
      stepFailure,
      revision: replayer.revision,
    }
  }

  private load(atMs: number): void {
    const { replayer } = this
    const { revision } = replayer
    if (this.wanted?.atMs === atMs && this.wanted.revision === revision) return
    const wanted = { atMs, revision, failure: null as string | null }
    this.wanted = wanted
    replayer.ready(atMs).then(
      () => this.loaded(wanted),
      (error: Error) => {
        wanted.failure = error.message
        this.loaded(wanted)
      },
    )
  }

  private loaded(wanted: NonNullable<typeof this.wanted>): void {
    if (this.wanted !== wanted) return
    if (wanted.failure === null) this.wanted = null
    else if (this.mode === 'playing') this.mode = 'paused'
    // The time that passed while it was loading was not played.
    this.lastFrameMs = undefined
    this.schedule()
  }
}
