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

  constructor(source: RecordingSource, { keyframes: runs }: RecordingIndex) {
    this.places = runs.flatMap((run) => run.places)
    const starts = runs.flatMap((run, n) => (n === 0 || run.isAnew ? [n] : []))
    let firstPlace = 0
    this.chapters = starts.map((firstRun, i) => {
      const chapter = new Chapter(source, runs.slice(firstRun, starts[i + 1]), firstRun, firstPlace)
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
  private loading: { ended: Promise<void>; controller: AbortController } | null = null
  private waiting = 0
  private progress = aProgress()

  constructor(
    private readonly source: RecordingSource,
    private readonly runs: readonly KeyframeRun[],
    private readonly firstRun: number,
    private readonly firstPlace: number,
  ) {
    this.endPlace = runs.reduce((sum, run) => sum + run.places.length, firstPlace)
  }

  fold(place: number): Fold | null {
    return this.folds[place - this.firstPlace] ?? null
  }

  /**
   * Who waits goes on as soon as its own part has come. The load itself ends when nobody waits for it any more; what has
   * come by then stays, and a later load goes on from there.
   */
  async reach(place: number, signal: AbortSignal): Promise<void> {
    this.waiting++
    try {
      while (this.fold(place) === null) {
        this.loading ??= this.begin(place)
        await unlessAborted(Promise.race([this.loading.ended, this.progress.promise]), signal)
      }
    } finally {
      this.waiting--
      if (this.waiting === 0) this.giveUp()
    }
  }

  private begin(place: number): NonNullable<typeof this.loading> {
    const controller = new AbortController()
    const ended = this.loadUntil(place, controller.signal).finally(() => {
      if (this.loading === loading) this.loading = null
    })
    const loading = { ended, controller }
    return loading
  }

  private giveUp(): void {
    this.loading?.ended.catch(() => {})
    this.loading?.controller.abort()
    this.loading = null
  }

  /** As one load, up to the run that has a place. */
  private async loadUntil(place: number, signal: AbortSignal): Promise<void> {
    const { runs, firstRun } = this
    let last = this.runsLoaded
    let end = this.firstPlace + this.folds.length + (runs[last]?.places.length ?? 0)
    while (end <= place && last + 1 < runs.length) end += runs[++last]?.places.length ?? 0
    const loads = this.source.loadKeyframes(firstRun + this.runsLoaded, firstRun + last, signal)
    for await (const lines of loads) {
      // What was given up may come all the same, while a later load has begun.
      if (signal.aborted) return
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
