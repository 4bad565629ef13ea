import { useCallback, useEffect, useMemo, useState } from 'react'
import { NO_REVIEW, type Review, type Reviewing, readReview, UNREAD } from '../player/side/use-review.js'
import type { OpenedSession, Standing } from './opened-session.js'

/** What stands beside a recording, read once there is one that it is about, and again when the session has ended. */
export function useSessionReview(
  session: OpenedSession,
  { whole, live }: Standing,
): Review & Pick<Reviewing, 'readAgain'> {
  const [review, setReview] = useState(UNREAD)
  const [askedCount, setAskedCount] = useState(0)
  // One that goes on is whole again and again, whenever what was sent has come.
  const [isThere, setIsThere] = useState(false)
  if (whole && !isThere) setIsThere(true)
  // biome-ignore lint/correctness/useExhaustiveDependencies: its end, and who asked for it, are the reasons to read again
  useEffect(
    () => (isThere ? readReview(session, setReview) : undefined),
    [session, isThere, live, askedCount],
  )
  const readAgain = useCallback(() => setAskedCount((asked) => asked + 1), [])
  return useMemo(() => ({ ...(isThere ? review : NO_REVIEW), readAgain }), [isThere, review, readAgain])
}
