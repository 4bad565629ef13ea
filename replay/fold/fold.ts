import type { EditOrigin, EventData } from '../../protocol/event-schemas.js'
import type { BuiltInEventType } from '../../protocol/event-types.js'
import type { RecordedEvent } from '../../protocol/events.js'
import { Log } from '../log.js'
import { PersistentMap } from '../persistent-map.js'
import type {
  ChatTurn,
  Divergence,
  Happened,
  Loss,
  Note,
  OtherEvent,
  ScreenBase,
  Selection,
  SessionInfo,
  Signal,
  TerminalChunk,
  TerminalCommand,
  TestResult,
  TestRun,
} from '../state.js'
import type { Text } from '../text.js'

/**
 * The state as events are folded into it: immutable, and made of structures that share what did not change, so
 * that keeping one as a keyframe is free. view.ts turns it into the plain ReplayState.
 */
export interface Fold {
  readonly seq: number
  readonly eventCount: number
  readonly firstMs: number | null
  readonly session: SessionInfo | null
  /** By fileKey(source, path). */
  readonly files: PersistentMap<FoldedFile>
  /** By path: what a source's edits build on that never said what its editor held. */
  readonly startTexts: PersistentMap<Text>
  readonly active: ActiveFile | null
  readonly columns: number
  readonly rows: number
  /** The screen that `output` goes on from; null at the start. */
  readonly base: ScreenBase | null
  readonly output: Log<TerminalChunk>
  readonly commands: Log<TerminalCommand>
  readonly chat: Log<ChatTurn>
  readonly testRuns: Log<FoldedTestRun>
  readonly notes: Log<Note>
  readonly signals: Log<Signal>
  readonly losses: Log<Loss>
  readonly divergences: Log<Divergence>
  readonly others: Log<OtherEvent>
  readonly keystrokeCount: number
  /** By source: the pieces seen so far of a long event [R7]. */
  readonly pending: PersistentMap<PendingParts>
}

export interface FoldedFile {
  /** Place in the order of first appearance. */
  readonly order: number
  readonly path: string
  readonly source: number
  readonly text: Text
  readonly language: string | null
  readonly selection: Selection | null
  readonly lastChangeMs: number
  readonly lastChangeSeq: number
  readonly lastOrigin: EditOrigin | null
  readonly lastChange: { readonly from: number; readonly to: number } | null
  readonly editCount: number
  readonly deleted: boolean
  readonly renamedTo: string | null
}

export interface ActiveFile {
  readonly key: string
  /** A save of a file must not take the front from one that somebody types in. */
  readonly by: 'editor' | 'save'
}

export interface FoldedTestRun extends Omit<TestRun, 'results'> {
  readonly results: Log<TestResult>
}

export interface PendingParts {
  readonly id: string
  readonly type: string
  readonly fileId: string | null
  readonly lastSourceSeq: number
  readonly pieces: readonly unknown[]
}

/** What an event changes: the fields that differ, or nothing. Never throws on data that its schema admits. */
export type Reducer<T extends BuiltInEventType> = (
  fold: Fold,
  event: RecordedEvent,
  data: EventData<T>,
) => Partial<Fold>

export type Reducers<T extends BuiltInEventType> = { readonly [K in T]: Reducer<K> }

export const EMPTY_FOLD: Fold = {
  seq: 0,
  eventCount: 0,
  firstMs: null,
  session: null,
  files: PersistentMap.empty(),
  startTexts: PersistentMap.empty(),
  active: null,
  columns: 80,
  rows: 24,
  base: null,
  output: Log.empty(),
  commands: Log.empty(),
  chat: Log.empty(),
  testRuns: Log.empty(),
  notes: Log.empty(),
  signals: Log.empty(),
  losses: Log.empty(),
  divergences: Log.empty(),
  others: Log.empty(),
  keystrokeCount: 0,
  pending: PersistentMap.empty(),
}

export const happened = (event: RecordedEvent): Happened => ({
  atMs: event.timestamp,
  seq: event.seq,
  source: event.source,
})

export function diverged(
  fold: Fold,
  event: RecordedEvent,
  kind: Divergence['kind'],
  path: string | null = event.fileId,
): Log<Divergence> {
  return fold.divergences.push({ ...happened(event), kind, path })
}
