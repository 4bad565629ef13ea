import type { TextFile } from '../problem/problem.js'

/** What a tab keeps of an interview, so that a reload goes on where it was. The recording is elsewhere, and whole. */
export interface KeptWork {
  sessionId: string
  files: readonly TextFile[]
  activePath: string | null
  commandHistory: readonly string[]
}

const KEY = 'demo.work'

/** The work on this session, if this tab has begun it. */
export function readWork(sessionId: string): KeptWork | null {
  try {
    const work = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as KeptWork | null
    return work?.sessionId === sessionId ? work : null
  } catch {
    return null
  }
}

export function keepWork(work: KeptWork | null): void {
  try {
    if (work === null) sessionStorage.removeItem(KEY)
    else sessionStorage.setItem(KEY, JSON.stringify(work))
  } catch {
    // Switched off, or full: a reload begins with the files of the task.
  }
}
