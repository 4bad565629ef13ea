import type { RecordableEvent, RecorderState } from '../../../client-sdk/src/index.js'
import type { ToldLine } from '../told.js'

/** What one load of the page has recorded, as the test was told at each step. */
export interface PageLoad {
  /** Names the load; known before anything else of it. */
  readonly id: string
  readonly sourceId: string
  readonly startText: string
  /** By source seq: index 0 is seq 1. A hole is an event of the recorder's own making, or a piece of a longer one. */
  readonly events: (ToldEvent | undefined)[]
  /** What the editor held after each of its last changes. */
  readonly texts: string[]
  readonly states: { state: RecorderState; error: string | null; atMs: number }[]
  /** How and when it ended; null while it lives. */
  end: PageEnd | null
}

export interface ToldEvent extends RecordableEvent {
  /** When it was recorded, by the machine's real clock. */
  atMs: number
}

export interface PageEnd {
  /** killed: without a warning, so that the last half second may be neither on disk nor on its way [R11] */
  how: 'left' | 'killed'
  why: string
  atMs: number
  /** The whole browser was killed before it had brought to disk what the page gave it last. */
  wasCutShort?: boolean
}

/** More than are typed in the half second that a killed page may lose; all of them would not fit into memory. */
const KEPT_TEXTS = 100

/** Keeps what pages tell, load by load. */
export class Oracle {
  readonly loads: PageLoad[] = []
  /** Edits told, of all loads. */
  edits = 0
  /** Sources whose recorder said that its storage failed, each time. */
  readonly storageFailures: string[] = []

  take({ load: id, told }: ToldLine, nowMs = Date.now()): void {
    if (told.kind === 'load') {
      const { sourceId, text } = told
      this.loads.push({ id, sourceId, startText: text, events: [], texts: [], states: [], end: null })
      return
    }
    const load = this.loads.find((one) => one.id === id)
    if (load === undefined) throw new Error(`A page told of ${told.kind} before it told of itself.`)
    if (told.kind === 'text') {
      load.texts.push(told.text)
      if (load.texts.length > KEPT_TEXTS) load.texts.shift()
    } else if (told.kind === 'storage-failed') this.storageFailures.push(load.sourceId)
    else if (told.kind === 'status') load.states.push({ state: told.state, error: told.error, atMs: nowMs })
    else {
      load.events.length = told.seq
      load.events[told.seq - 1] = { ...told.event, atMs: told.atMs }
      if (told.event.type === 'code_edit') this.edits++
    }
  }

  /** Whether its last half second may be lost: it was killed, or the browser was before it was done with it. */
  static mayLack({ end }: PageLoad): boolean {
    return end?.how === 'killed' || end?.wasCutShort === true
  }

  /** What the editor of this load held last. */
  static textOf(load: PageLoad): string {
    return load.texts.at(-1) ?? load.startText
  }
}
