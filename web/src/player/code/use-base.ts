import { useEffect, useState } from 'react'
import type { Playback, PlaybackView } from '../playback.js'
import { type BaseKind, textsOf } from './changes.js'

/** What the files were at the moment they are compared with. */
export interface Base {
  atMs: number
  texts: ReadonlyMap<string, string>
}

/** The base of a comparison at the playhead; null while it is looked for, and where `kind` is null. */
export function useBase(playback: Playback, view: PlaybackView, kind: BaseKind | null): Base | null {
  const [base, setBase] = useState<(Base & { revision: number }) | null>(null)
  const { atMs, visitedMs, overview, revision } = view
  const { startMs } = overview
  useEffect(() => {
    if (kind === null) return
    let isCurrent = true
    const find = async () => {
      const replayer = playback.source
      const last = kind === 'checkpoint' ? await replayer.step({ atMs, seq: 0 }, -1, 'checkpoint') : null
      const baseMs = kind === 'visited' ? (visitedMs ?? startMs) : (last?.atMs ?? startMs)
      if (!isCurrent) return
      if (base?.atMs === baseMs && base.revision === revision) return
      const state =
        replayer.stateAt(baseMs) ?? ((await replayer.ready(baseMs)) ? replayer.stateAt(baseMs) : null)
      if (isCurrent && state !== null) setBase({ atMs: baseMs, revision, texts: textsOf(state) })
    }
    // What can't be loaded leaves the comparison out; the playhead's own loading says what is wrong.
    find().catch(() => {})
    return () => {
      isCurrent = false
    }
  }, [playback, kind, atMs, visitedMs, startMs, revision, base])
  return kind === null ? null : base
}
