import type { Fold } from '../fold/fold.js'
import { FoldDecoder } from '../keyframe/decode-fold.js'
import type { ReplayPlace } from '../replayer.js'
import type { KeyframeRun, RecordingIndex, RecordingSource } from './recording-source.js'
import { unlessAborted } from './segment-loader.js'

/**
 * The folds that a recording's keyframes tell, by their place in the order of replay. They come in chapters: the first
 * keyframe of one tells all anew, each other one what differs from the one before. So a moment takes what its chapter has
 * up to it, as one load.
 */
export class StoredKeyframes {
  /** Of all that are stored, loaded or not. */
  readonly places: readonly ReplayPlace[]
  private readonly chapters: Chapter[]

  /** @param signal ends all loading */
  constructor(source: RecordingSource, { keyframes: runs }: RecordingIndex, signal: AbortSignal) {
    this.places = runs.flatMap((run) => run.places)
    const starts = runs.flatMap((run, n) => (n === 0 || run.isAnew ? [n] : []))
    let firstPlace = 0
    this.chapters = starts.map((firstRun, i) => {
      const chapter = new Chapter(source, runs.slice(firstRun, starts[i + 1]), firstRun, firstPlace, signal)
      firstPlace = chapter.endPlace
      return chapter
    })
  }

  /** The fold of the keyframe at a place, from 0; null where it is not here yet. */
  fold(place: number): Fold | null {
    return this.chapterOf(place)?.fold(place) ?? null
  }

  /** Loads that fold. Rejects where loading fails, and with an Aborted where the signal is aborted before. */
  async reach(place: number, signal: AbortSignal): Promise<void> {
    await this.chapterOf(place)?.reach(place, signal)
  }

  /** Loads all of them, a chapter at a time. */
  async loadAll(signal: AbortSignal): Promise<void> {
    for (const chapter of this.chapters) await chapter.reach(chapter.endPlace - 1, signal)
  }

  private chapterOf(place: number): Chapter | undefined {
    return this.chapters.find(({ endPlace }) => place < endPlace)
  }
}

/** Keyframes of which the first needs none before it. They are loaded from the first one on. */
class Chapter {
  readonly endPlace: number
  private readonly decoder = new FoldDecoder()
  private readonly folds: Fold[] = []
  private runsLoaded = 0
  private loading: Promise<void> | null = null
  private progress = aProgress()

  constructor(
    private readonly source: RecordingSource,
    private readonly runs: readonly KeyframeRun[],
    private readonly firstRun: number,
    private readonly firstPlace: number,
    private readonly signal: AbortSignal,
  ) {
    this.endPlace = runs.reduce((sum, run) => sum + run.places.length, firstPlace)
  }

  fold(place: number): Fold | null {
    return this.folds[place - this.firstPlace] ?? null
  }

  /**
   * What is loaded here is never given up for a newer wish: it will be needed sooner or later. Who waits goes on as soon as
   * its own part has come.
   */
  async reach(place: number, signal: AbortSignal): Promise<void> {
    while (this.fold(place) === null) {
      this.loading ??= this.loadUntil(place).finally(() => {
        this.loading = null
      })
      await unlessAborted(Promise.race([this.loading, this.progress.promise]), signal)
    }
  }

  /** As one load, up to the run that has a place. */
  private async loadUntil(place: number): Promise<void> {
    const { runs, firstRun } = this
    let last = this.runsLoaded
    let end = this.firstPlace + this.folds.length + (runs[last]?.places.length ?? 0)
    while (end <= place && last + 1 < runs.length) end += runs[++last]?.places.length ?? 0
    const loads = this.source.loadKeyframes(firstRun + this.runsLoaded, firstRun + last, this.signal)
    for await (const lines of loads) {
      if (lines.length !== runs[this.runsLoaded]?.places.length)
        throw new Error('A run of keyframes is not what the index says.')
      for (const line of lines) this.folds.push(this.decoder.decode(line.fold))
      this.runsLoaded++
      const { told } = this.progress
      this.progress = aProgress()
      told()
    }
    if (this.runsLoaded <= last) throw new Error('Keyframes are missing.')
  }
}

/** Something to wait for that somebody else will tell. */
function aProgress(): { promise: Promise<void>; told: () => void } {
  let told = () => {}
  const promise = new Promise<void>((resolve) => {
    told = resolve
  })
  return { promise, told }
}
