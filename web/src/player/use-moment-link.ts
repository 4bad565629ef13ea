import { useCallback, useEffect, useRef, useState } from 'react'
import { hashWithMoment, momentInHash } from './moment.js'
import type { Playback, PlaybackView } from './playback.js'

/** Browsers allow a page only so many changes of its address; a drag makes one when it rests. */
const RESTING_MS = 250
const SAID_MS = 2000

/** How a wish to copy a link ended; null when there was none of late. */
export type LinkCopied = 'copied' | 'in the address' | null

export interface MomentLink {
  copyLink: () => void
  copied: LinkCopied
}

/**
 * Keeps the address at the moment that is looked at, goes to the moment that an address names, and copies such an
 * address. `isWhole`: all that there is has been loaded; before that, a moment of the address may not be there yet.
 */
export function useMomentLink(playback: Playback, view: PlaybackView, isWhole: boolean): MomentLink {
  // Of what is played, not of what was looked at last: nothing but the moment of the address is to be loaded.
  const { startMs, eventCount } = playback.source.overview
  // What the address names, until it can be gone to.
  const wanted = useRef(momentInHash(location.hash))
  const isThere = isWhole && eventCount > 0
  const go = useCallback(() => {
    if (wanted.current === null || !isThere) return
    playback.seek(startMs + wanted.current)
    wanted.current = null
  }, [playback, startMs, isThere])
  useEffect(go, [go])
  useEffect(() => {
    // As the address was when somebody changed it: by now the moment that was shown before may be in it again.
    const onHashChange = ({ newURL }: HashChangeEvent) => {
      const named = momentInHash(new URL(newURL).hash)
      if (named === null) return
      wanted.current = named
      go()
    }
    addEventListener('hashchange', onHashChange)
    return () => removeEventListener('hashchange', onHashChange)
  }, [go])

  const { anchorMs } = view
  useEffect(() => {
    // Whoever went somewhere before the moment of the address could be shown is left there.
    if (anchorMs !== null && !isThere) wanted.current = null
    if (wanted.current !== null || eventCount === 0) return
    const timer = setTimeout(() => show(anchorMs === null ? null : anchorMs - startMs), RESTING_MS)
    return () => clearTimeout(timer)
  }, [anchorMs, isThere, startMs, eventCount])

  const [copied, setCopied] = useState<LinkCopied>(null)
  useEffect(() => {
    if (copied === null) return
    const timer = setTimeout(() => setCopied(null), SAID_MS)
    return () => clearTimeout(timer)
  }, [copied])
  const copyLink = useCallback(() => {
    const hash = hashWithMoment(location.hash, playback.current().atMs - startMs)
    const link = location.origin + location.pathname + location.search + hash
    // Where a page may not write to the clipboard (not on localhost, not over TLS), the address bar has it.
    const writing = navigator.clipboard?.writeText(link) ?? Promise.reject()
    writing.then(
      () => setCopied('copied'),
      () => {
        show(playback.current().atMs - startMs)
        setCopied('in the address')
      },
    )
  }, [playback, startMs])
  return { copyLink, copied }
}

/** Puts a moment into the address, without a step in the history and without a hashchange. */
function show(sinceStartMs: number | null): void {
  const hash = hashWithMoment(location.hash, sinceStartMs)
  if (hash !== location.hash)
    history.replaceState(history.state, '', location.pathname + location.search + hash)
}
