import type { EditOrigin } from '../protocol/event-schemas.js'
import type { Log } from './log.js'

/** Where a part of the state comes from: the event's time (epoch ms), its seq and its writer. */
export interface Happened {
  readonly atMs: number
  readonly seq: number
  readonly source: number
}

/**
 * Everything that is known about an interview at one moment. Immutable; what did not change between two
 * moments is the same object in both, so that a view can compare by identity.
 */
export interface ReplayState {
  /** The moment that was asked for, epoch ms. */
  readonly atMs: number
  /** The highest seq among the events behind this state, 0 without events. */
  readonly seq: number
  readonly eventCount: number
  readonly session: SessionInfo | null
  /** One entry per (source, path): two tabs never mix [R1]. In order of first appearance, deleted ones flagged. */
  readonly files: readonly FileState[]
  /** The file last worked on in an editor; without any editor, the one last saved. */
  readonly activeFile: FileState | null
  readonly terminal: TerminalState
  readonly chat: readonly ChatTurn[]
  readonly testRuns: readonly TestRun[]
  readonly notes: readonly Note[]
  readonly signals: readonly Signal[]
  /** Places where the service could not keep what was sent. */
  readonly losses: readonly Loss[]
  /** Places where the recording contradicts itself; replay went on with its best guess. */
  readonly divergences: readonly Divergence[]
  /** `custom:` events, and types that this version does not know. */
  readonly others: readonly OtherEvent[]
  readonly keystrokeCount: number
}

export interface SessionInfo {
  readonly startMs: number
  readonly questionId: string | null
  readonly questionTitle: string | null
  readonly difficulty: string | null
  readonly language: string | null
  /** Seconds, with extensions; null without a limit. */
  readonly timeLimitSec: number | null
  /** The data of session_start without its files, for what this version does not name. */
  readonly data: Readonly<Record<string, unknown>>
  readonly submittedAtMs: number | null
  readonly submission: { readonly finalCode: unknown; readonly scores: unknown } | null
}

/** Offsets in UTF-16 units. */
export interface Selection {
  readonly anchor: number
  readonly head: number
}

export interface FileState {
  readonly path: string
  readonly source: number
  readonly text: string
  readonly language: string | null
  readonly selection: Selection | null
  /** Time of the last event that set or changed the text, or removed the file. */
  readonly lastChangeMs: number
  readonly lastChangeSeq: number
  /** How the last edit came about; null before the first edit, or when it was not told. */
  readonly lastOrigin: EditOrigin | null
  /** The last edit's reach in the new text, from the first to the last changed place. */
  readonly lastChange: { readonly from: number; readonly to: number } | null
  readonly editCount: number
  readonly deleted: boolean
  readonly renamedTo: string | null
}

export interface TerminalState {
  readonly columns: number
  readonly rows: number
  /** What the screen showed before `output`; null: `output` has all since the recording began. */
  readonly base: ScreenBase | null
  /** What the screen was fed since, in order; see terminalFeed() for following it step by step. */
  readonly output: Log<TerminalChunk>
  readonly commands: readonly TerminalCommand[]
}

/** A screen as it was at a moment: a terminal of this size that is given this text shows it. */
export interface ScreenBase {
  readonly columns: number
  readonly rows: number
  readonly serialized: string
}

/** `o` output as it went to the screen, `r` a resize `COLSxROWS`. */
export interface TerminalChunk extends Happened {
  readonly channel: 'o' | 'r'
  readonly data: string
}

export interface TerminalCommand extends Happened {
  /** null: output came without a command before it. */
  readonly command: string | null
  readonly workingDirectory: string | null
  /** null: nothing came back yet. */
  readonly outputAtMs: number | null
  readonly output: string
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number | null
}

export interface ChatTurn extends Happened {
  readonly role: 'user' | 'assistant' | 'system'
  readonly content: string
  readonly model: string | null
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  readonly latencyMs: number | null
  /** 1–5. */
  readonly promptQuality: number | null
  /** Of an answer that is none, or not whole: why. */
  readonly failure?: string
}

export interface TestRun extends Happened {
  /** As announced; null when results came without a start. */
  readonly testCount: number | null
  readonly language: string | null
  readonly fileName: string | null
  readonly results: readonly TestResult[]
  readonly passedCount: number
  readonly failedCount: number
}

export interface TestResult extends Happened {
  readonly testName: string
  readonly passed: boolean
  readonly output: string | null
  readonly error: string | null
  readonly durationMs: number | null
}

export interface Note extends Happened {
  readonly kind: 'proctor_note' | 'proctor_flag' | 'proctor_message' | 'time_extended'
  readonly text: string
  readonly author: string | null
  /** The moment the note is about, epoch ms. */
  readonly aboutMs: number
}

export const SIGNAL_TYPES = [
  'tab_hidden',
  'tab_visible',
  'window_blur',
  'window_focus',
  'paste',
  'copy',
  'fullscreen_exit',
  'connection_lost',
  'connection_restored',
  'second_tab',
] as const

/** Something to look at, never a verdict. */
export interface Signal extends Happened {
  readonly kind: (typeof SIGNAL_TYPES)[number]
  readonly lengthChars: number | null
  readonly path: string | null
  readonly data: Readonly<Record<string, unknown>>
}

export interface Loss extends Happened {
  readonly kind: 'rejected' | 'quarantined' | 'gap'
  readonly data: Readonly<Record<string, unknown>>
}

export interface Divergence extends Happened {
  readonly kind: /** A snapshot was not what the edits before it lead to; the snapshot won. */
    | 'snapshot_differs'
    /** An edit reached beyond the end of its file; it was cut to fit. */
    | 'edit_out_of_range'
    /** Pieces of a long event were missing; the rest of it was left out. */
    | 'part_missing'
    /** An event could not be read at all; it was left out. */
    | 'unreadable'
  readonly path: string | null
}

export interface OtherEvent extends Happened {
  readonly type: string
  readonly path: string | null
  readonly data: unknown
}
