import { useCallback, useEffect, useMemo, useState } from 'react'
import type { FindHit, FindKind } from '../../../../replay/index.js'
import type { Playback, PlaybackView } from '../playback.js'
import { countWhile } from '../stretches.js'
import { type FindProgress, runFind } from './run-find.js'

/** Whoever types goes on typing. */
const TYPING_MS = 120
/** A session that goes on is looked through again so often at most. */
const AGAIN_MS = 3000

export interface Find {
  text: string
  kinds: readonly FindKind[]
  setText: (text: string) => void
  toggleKind: (kind: FindKind) => void
  /** null: nothing is looked for. */
  progress: FindProgress | null
  failure: string | null
  chosen: FindHit | null
  choose: (hit: FindHit) => void
  /** To the next or the previous hit; from the playhead where none is chosen. */
  go: (direction: 1 | -1) => void
  /** The moments of all hits, ascending, each once. */
  moments: readonly number[]
}

const NOTHING: readonly number[] = []

export function useFind(playback: Playback, view: PlaybackView, isLive: boolean): Find {
  const [text, setText] = useState('')
  const [kinds, setKinds] = useState<readonly FindKind[]>([])
  const [progress, setProgress] = useState<FindProgress | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const [chosen, setChosen] = useState<FindHit | null>(null)
  const revision = useRevision(view.revision, isLive)

  const query = useMemo(() => ({ text, kinds }), [text, kinds])
  const isLooking = text !== '' || kinds.length > 0
  // biome-ignore lint/correctness/useExhaustiveDependencies: another query has other hits
  useEffect(() => {
    setProgress(null)
    setChosen(null)
  }, [query])
  // biome-ignore lint/correctness/useExhaustiveDependencies: more events may hold more hits
  useEffect(() => {
    setFailure(null)
    if (!isLooking) return
    const abort = new AbortController()
    // While the same is looked for again, what was found goes on being shown.
    const tell = (next: FindProgress) =>
      setProgress((shown) => (next.isDone || next.hits.length >= (shown?.hits.length ?? 0) ? next : shown))
    const timer = setTimeout(() => {
      runFind(playback.source, query, abort.signal, tell).catch((error: Error) => {
        if (!abort.signal.aborted) setFailure(error.message)
      })
    }, TYPING_MS)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [playback, query, isLooking, revision])

  const choose = useCallback(
    (hit: FindHit) => {
      setChosen(hit)
      playback.seek(hit.atMs)
    },
    [playback],
  )
  const hits = progress?.hits
  const go = useCallback(
    (direction: 1 | -1) => {
      if (hits === undefined || hits.length === 0) return
      const at = hits.findIndex((hit) => hit.seq === chosen?.seq && hit.title === chosen.title)
      const { mode, atMs } = playback.current()
      const fromPlayhead = mode === 'following' ? 0 : countWhile(hits, (hit) => hit.atMs < atMs)
      const next = at < 0 ? fromPlayhead - (direction > 0 ? 0 : 1) : at + direction
      choose(hits[(next + hits.length) % hits.length] as FindHit)
    },
    [hits, chosen, choose, playback],
  )
  const toggleKind = useCallback((kind: FindKind) => {
    setKinds((before) => (before.includes(kind) ? before.filter((each) => each !== kind) : [...before, kind]))
  }, [])
  const moments = useMemo(
    () => (hits === undefined ? NOTHING : [...new Set(hits.map(({ atMs }) => atMs))]),
    [hits],
  )
  return { text, kinds, setText, toggleKind, progress, failure, chosen, choose, go, moments }
}

/** The revision that is looked through: of a recording that is whole the newest, of one that grows now and then. */
function useRevision(newest: number, isLive: boolean): number {
  const [revision, setRevision] = useState(newest)
  useEffect(() => {
    if (newest === revision) return
    const timer = setTimeout(() => setRevision(newest), isLive ? AGAIN_MS : TYPING_MS)
    return () => clearTimeout(timer)
  }, [newest, revision, isLive])
  return revision
}
