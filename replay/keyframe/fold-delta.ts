import type { ActiveFile, Fold } from '../fold/fold.js'
import type { SessionInfo } from '../state.js'
import type { Hunks } from './text-hunks.js'

/**
 * How one fold differs from the one before it, as JSON; what is the same is absent. docs/archive.md describes it for
 * other readers, so what stands here is read for good.
 */
export interface FoldDelta {
  /**
   * There where all is told anew, so that nothing from before is needed: how many texts were told before it. It refers to
   * none of them, and nor does any later one.
   */
  textsBefore?: number
  seq?: number
  eventCount?: number
  firstMs?: number | null
  /** The fields that differ, all of them where there was no session before. */
  session?: Partial<SessionInfo> | null
  active?: ActiveFile | null
  columns?: number
  rows?: number
  keystrokeCount?: number
  /** Texts that were not there before, numbered on from those of all earlier keyframes; 0 is the empty text. */
  texts?: TextDelta[]
  files?: MapDelta<FileDelta>
  startTexts?: MapDelta<number>
  pending?: MapDelta<PendingDelta>
  base?: { columns: number; rows: number; text: number } | null
  lists?: Partial<Record<ListName, ListDelta>>
}

/** The whole text, or the number of one it came from and the changes. */
export type TextDelta = string | { from: number; hunks: Hunks }

export interface MapDelta<V> {
  set?: [key: string, value: V][]
  deleted?: string[]
}

/** The fields that differ from the file's before, all of a new one; `text` is the number of its text. */
export type FileDelta = Record<string, unknown>

/** `kept` of the pieces before stay, `pieces` follow. */
export interface PendingDelta {
  id: string
  type: string
  fileId: string | null
  lastSourceSeq: number
  kept: number
  pieces: unknown[]
}

/**
 * `kept` items of the list before stay; -1: it begins anew, and none of its past is meant. Then those that were there
 * already, changed, then new ones.
 */
export interface ListDelta {
  kept: number
  changed?: ItemPatch[]
  added?: unknown[]
}

/** Fields that are others than before, texts that grew at their end, and the results of a test run. */
export interface ItemPatch {
  set?: Record<string, unknown>
  grown?: Record<string, string>
  results?: ListDelta
}

export const LIST_NAMES = [
  'output',
  'commands',
  'chat',
  'testRuns',
  'notes',
  'signals',
  'losses',
  'divergences',
  'others',
] as const
export type ListName = (typeof LIST_NAMES)[number]

export const SCALARS = [
  'seq',
  'eventCount',
  'firstMs',
  'active',
  'columns',
  'rows',
  'keystrokeCount',
] as const satisfies readonly (keyof Fold)[]

// A field that is added to Fold does not compile until a keyframe has it.
type Covered = (typeof SCALARS)[number] | ListName | 'session' | 'files' | 'startTexts' | 'pending' | 'base'
const allCovered: Exclude<keyof Fold, Covered> extends never ? true : never = true
void allCovered
