import type { FindQuery, Replayer } from '../../../../replay/index.js'
import { type FindProgress, runFind } from './run-find.js'

/** Whoever types goes on typing. */
const TYPING_MS = 120
/** A session that goes on is looked through again so long after it was looked through. */
const AGAIN_MS = 3000

/** What is looked through, and tells when that may have changed. */
export interface Findable {
  readonly source: Pick<Replayer, 'events' | 'revision'>
  subscribe(listener: () => void): () => void
}

export interface FindListener {
  begun(): void
  found(progress: FindProgress): void
  failed(message: string): void
}

/**
 * Looks for the same until it is stopped: again when more events came, but never before the last look ended, so that each
 * one ends however long it takes; at once when something else is to be looked through. @returns stops it
 */
export function keepFinding(playback: Findable, query: FindQuery, listener: FindListener): () => void {
  let abort = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  let isLooking = false
  let looked: { source: Findable['source']; revision: number | null }

  const look = async (): Promise<void> => {
    const { signal } = abort
    const { source } = looked
    looked.revision = source.revision
    timer = undefined
    isLooking = true
    listener.begun()
    try {
      await runFind(source, query, signal, listener.found)
    } catch (error) {
      // One that is closed because another one is played now has not failed.
      if (!signal.aborted && source === playback.source) listener.failed((error as Error).message)
    }
    if (signal.aborted) return
    isLooking = false
    lookAgain()
  }
  const begin = (): void => {
    abort.abort()
    clearTimeout(timer)
    abort = new AbortController()
    isLooking = false
    looked = { source: playback.source, revision: null }
    timer = setTimeout(look, TYPING_MS)
  }
  const lookAgain = (): void => {
    const { source } = playback
    if (source !== looked.source) begin()
    else if (!isLooking && timer === undefined && source.revision !== looked.revision)
      timer = setTimeout(look, AGAIN_MS)
  }

  begin()
  const unsubscribe = playback.subscribe(lookAgain)
  return () => {
    unsubscribe()
    clearTimeout(timer)
    abort.abort()
  }
}
