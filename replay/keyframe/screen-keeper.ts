import type { Fold } from '../fold/fold.js'
import { readSize } from '../fold/terminal.js'
import { Log } from '../log.js'
import type { TerminalChunk } from '../state.js'
import { type ScreenCut, ScreenCuts } from './screen-cuts.js'

/** A terminal without a face. All it is given is what a candidate's programs printed. */
export interface Screen {
  resize(columns: number, rows: number): void
  write(data: string): Promise<void>
  /**
   * What a new terminal of the screen's size must be given to show the same, with as much of its scrollback as matters, or
   * with `leastScrollback` lines of it where no more can be told; null where it can't be told at all.
   */
  serialize(leastScrollback: number): Promise<string | null>
  dispose(): void
}

/** A new one of 80 columns and 24 rows. */
export type MakeScreen = () => Screen

/** From so much on a screen that lacks its scrollback is better than none. */
const URGENT_CHARS = 1024 * 1024
const FULL_SCROLLBACK = 500
/** So much a screen is given at once, at least where there is so much. */
const WRITE_CHARS = 64 * 1024

/** Replaces the output in folds, where it grew long, by the screen that it made and the little that follows. */
export class ScreenKeeper {
  private readonly screen: Screen
  private readonly cuts = new ScreenCuts()
  private size = { columns: 80, rows: 24 }
  /** The output that was looked at, and how long its text is. */
  private seen: Log<TerminalChunk> = Log.empty()
  private chars = 0
  /** What of it the screen was given already, when it could not be written down. */
  private given = { chunk: 0, units: 0 }
  private tryAtChars: number
  private baseChars = 0

  /**
   * @param baseAfterChars from so many UTF-16 units of output on, since the last time, the screen is written down
   * @param timesBase and from so many times as many as it took then
   */
  constructor(
    makeScreen: MakeScreen,
    private readonly baseAfterChars: number,
    private readonly timesBase: number,
  ) {
    this.screen = makeScreen()
    this.tryAtChars = baseAfterChars
  }

  /** The fold, or one that says the same in fewer words. Folds come in the order of replay, each from the one before. */
  async shortened(fold: Fold): Promise<Fold> {
    for (const chunk of fold.output.since(this.seen) ?? []) {
      this.cuts.read(chunk)
      this.chars += chunk.data.length
    }
    this.seen = fold.output
    const cut = this.cuts.lastCut
    if (cut === null || this.chars < this.tryAtChars) return fold
    const chunks = fold.output.toArray()
    await this.give(chunks, cut)
    const serialized = await this.screen.serialize(this.chars < URGENT_CHARS ? FULL_SCROLLBACK : 0)
    this.tryAtChars = this.chars + this.baseAfterChars
    if (serialized === null) return fold
    this.baseChars = serialized.length
    const base = { ...this.size, serialized: cut.isCursorHidden ? `${serialized}\u001b[?25l` : serialized }
    return { ...fold, base, output: this.goOnFrom(behind(chunks, cut)) }
  }

  dispose(): void {
    this.screen.dispose()
  }

  /** Many short pieces are one write, since each waits for a turn of the event loop. */
  private async give(chunks: readonly TerminalChunk[], cut: ScreenCut): Promise<void> {
    let printed = ''
    for (let i = this.given.chunk; i <= cut.chunk; i++) {
      const { channel, data } = chunks[i] as TerminalChunk
      if (channel === 'r') {
        await this.write(printed)
        printed = ''
        this.size = readSize(data)
        this.screen.resize(this.size.columns, this.size.rows)
      } else {
        const from = i === this.given.chunk ? this.given.units : 0
        printed += data.slice(from, i === cut.chunk ? cut.units : undefined)
        if (printed.length < WRITE_CHARS) continue
        await this.write(printed)
        printed = ''
      }
    }
    await this.write(printed)
    this.given = cut
  }

  private async write(printed: string): Promise<void> {
    if (printed !== '') await this.screen.write(printed)
  }

  /** The output that begins behind a screen that was written down. */
  private goOnFrom(chunks: readonly TerminalChunk[]): Log<TerminalChunk> {
    this.seen = chunks.reduce((log, chunk) => log.push(chunk), Log.root<TerminalChunk>())
    this.chars = chunks.reduce((sum, chunk) => sum + chunk.data.length, 0)
    this.tryAtChars = Math.max(this.baseAfterChars, Math.min(this.timesBase * this.baseChars, URGENT_CHARS))
    this.given = { chunk: 0, units: 0 }
    this.cuts.forget(chunks.length)
    return this.seen
  }
}

function behind(chunks: readonly TerminalChunk[], { chunk, units }: ScreenCut): TerminalChunk[] {
  const cut = chunks[chunk] as TerminalChunk
  const rest = chunks.slice(chunk + 1)
  return units < cut.data.length ? [{ ...cut, data: cut.data.slice(units) }, ...rest] : rest
}
