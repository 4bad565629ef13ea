import { useCallback, useEffect, useMemo, useState } from 'react'
import type { FindHit, FindKind } from '../../../../replay/index.js'
import type { Playback } from '../playback.js'
import { countWhile } from '../stretches.js'
import { keepFinding } from './keep-finding.js'
import type { FindProgress } from './run-find.js'

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

export function useFind(playback: Playback): Find {
  const [text, setText] = useState('')
  const [kinds, setKinds] = useState<readonly FindKind[]>([])
  const [progress, setProgress] = useState<FindProgress | null>(null)
  const [failure, setFailure] = useState<string | null>(null)
  const [chosen, setChosen] = useState<FindHit | null>(null)

  const query = useMemo(() => ({ text, kinds }), [text, kinds])
  const isLooking = text !== '' || kinds.length > 0
  // biome-ignore lint/correctness/useExhaustiveDependencies: another query has other hits
  useEffect(() => {
    setProgress(null)
    setChosen(null)
  }, [query])
  useEffect(() => {
    setFailure(null)
    if (!isLooking) return
    return keepFinding(playback, query, {
      begun: () => setFailure(null),
      // While the same is looked for again, what was found goes on being shown.
      found: (next) =>
        setProgress((shown) => (next.isDone || next.hits.length >= (shown?.hits.length ?? 0) ? next : shown)),
      failed: setFailure,
    })
  }, [playback, query, isLooking])

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
  return useMemo(
    () => ({ text, kinds, setText, toggleKind, progress, failure, chosen, choose, go, moments }),
    [text, kinds, toggleKind, progress, failure, chosen, choose, go, moments],
  )
}
