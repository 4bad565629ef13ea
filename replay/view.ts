import { fileKey } from './fold/files.js'
import type { Fold, FoldedFile, FoldedTestRun } from './fold/fold.js'
import { Log } from './log.js'
import type { FileState, ReplayState, TerminalCommand, TestRun } from './state.js'

/**
 * Turns folds into plain states. What is equal in two folds that follow each other comes out as the same
 * object, so that a view that compares by identity redraws only what changed.
 */
export function createView(): (fold: Fold, atMs: number) => ReplayState {
  const commands = growingList<TerminalCommand>()
  const chat = growingList<ReplayState['chat'][number]>()
  const notes = growingList<ReplayState['notes'][number]>()
  const signals = growingList<ReplayState['signals'][number]>()
  const losses = growingList<ReplayState['losses'][number]>()
  const divergences = growingList<ReplayState['divergences'][number]>()
  const others = growingList<ReplayState['others'][number]>()
  const testRuns = once((log: Log<FoldedTestRun>) => log.toArray().map(runOf))
  const files = once((folded: Fold['files']) => folded.values().sort(byAppearance).map(fileStateOf))
  const fileStates = new WeakMap<FoldedFile, FileState>()
  const runs = new WeakMap<FoldedTestRun, TestRun>()

  function fileStateOf(file: FoldedFile): FileState {
    let state = fileStates.get(file)
    if (state === undefined) {
      const { order: _, text, ...rest } = file
      state = { ...rest, text: text.toString() }
      fileStates.set(file, state)
    }
    return state
  }

  function runOf(folded: FoldedTestRun): TestRun {
    let run = runs.get(folded)
    if (run === undefined) {
      run = { ...folded, results: folded.results.toArray() }
      runs.set(folded, run)
    }
    return run
  }

  return (fold, atMs) => {
    const active = fold.active === null ? undefined : fold.files.get(fold.active.key)
    return {
      atMs,
      seq: fold.seq,
      eventCount: fold.eventCount,
      session: fold.session,
      files: files(fold.files),
      activeFile: active === undefined || active.deleted ? null : fileStateOf(active),
      terminal: {
        columns: fold.columns,
        rows: fold.rows,
        base: fold.base,
        output: fold.output,
        commands: commands(fold.commands),
      },
      chat: chat(fold.chat),
      testRuns: testRuns(fold.testRuns),
      notes: notes(fold.notes),
      signals: signals(fold.signals),
      losses: losses(fold.losses),
      divergences: divergences(fold.divergences),
      others: others(fold.others),
      keystrokeCount: fold.keystrokeCount,
    }
  }
}

/** The files of a state as one folder: of each path, whichever source changed it last; deleted ones left out. */
export function latestFiles(state: Pick<ReplayState, 'files'>): FileState[] {
  const latest = new Map<string, FileState>()
  for (const file of state.files) {
    const other = latest.get(file.path)
    if (other === undefined || isYounger(file, other)) latest.set(file.path, file)
  }
  return [...latest.values()].filter((file) => !file.deleted)
}

type Changed = Pick<FileState, 'lastChangeMs' | 'lastChangeSeq'>

/** Whether `a` was changed after `b`, in the order of replay. */
export const isYounger = (a: Changed, b: Changed): boolean =>
  a.lastChangeMs - b.lastChangeMs > 0 ||
  (a.lastChangeMs === b.lastChangeMs && a.lastChangeSeq > b.lastChangeSeq)

const byAppearance = (a: FoldedFile, b: FoldedFile): number =>
  a.order - b.order || (fileKey(a.source, a.path) < fileKey(b.source, b.path) ? -1 : 1)

/** A list's items as an array, made again only when the list is another. */
function growingList<T>(): (log: Log<T>) => readonly T[] {
  let seen = Log.empty<T>()
  let items: readonly T[] = []
  return (log) => {
    if (log === seen) return items
    const fresh = log.since(seen)
    items = fresh === null ? log.toArray() : [...items, ...fresh]
    seen = log
    return items
  }
}

function once<A, B>(make: (from: A) => B): (from: A) => B {
  let last: { from: A; made: B } | null = null
  return (from) => {
    if (last?.from !== from) last = { from, made: make(from) }
    return last.made
  }
}
