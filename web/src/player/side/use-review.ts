import { useCallback, useEffect, useState } from 'react'
import type { AnnotationView, RedactionView } from '../../../../protocol/http/index.js'
import type { ConsoleApi } from '../../data/api.js'

/** What reviewers made of a recording besides its events. */
export interface Review {
  /** 1–5 by the seq of the rated turn. */
  ratings: ReadonlyMap<number, number>
  /** Notes and flags that are no events: written after the close. */
  laterNotes: readonly AnnotationView[]
  /** What was taken out of it. */
  redactions: readonly Pick<RedactionView, 'id' | 'placeCount' | 'reason' | 'author'>[]
  /** Why the last rating was not kept, in words; null where it was. */
  failure: string | null
}

export interface Reviewing extends Review {
  /** Rates a turn, or takes its rating away. */
  rate: (seq: number, value: number | null) => void
}

export const NO_REVIEW: Review = { ratings: new Map(), laterNotes: [], redactions: [], failure: null }

/**
 * The review of a session, read when it is opened and again whenever `occasion` changes: nobody pushes it. What can't
 * be read is not shown; the recording is there without it.
 */
export function useReview(api: ConsoleApi, sessionId: string, occasion: unknown): Reviewing {
  const [review, setReview] = useState<Review>(NO_REVIEW)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the occasion is the reason to read again
  useEffect(() => {
    let isCurrent = true
    const add = (read: Partial<Review>) => isCurrent && setReview((shown) => ({ ...shown, ...read }))
    const unread = () => {}
    api.annotations(sessionId).then((annotations) => add(reviewOf(annotations)), unread)
    api.redactions(sessionId).then((redactions) => add({ redactions }), unread)
    return () => {
      isCurrent = false
    }
  }, [api, sessionId, occasion])

  const rate = useCallback(
    (seq: number, value: number | null) => {
      let before: number | null = null
      // Shown at once; what the service refuses goes back.
      setReview((shown) => {
        before = shown.ratings.get(seq) ?? null
        return { ...shown, ratings: withRating(shown.ratings, seq, value), failure: null }
      })
      api.rate(sessionId, seq, value).catch((error: Error) =>
        setReview((shown) => {
          // Whoever rated anew meanwhile keeps that.
          const isShown = (shown.ratings.get(seq) ?? null) === value
          return {
            ...shown,
            ratings: isShown ? withRating(shown.ratings, seq, before) : shown.ratings,
            failure: `The rating was not kept. ${error.message}`,
          }
        }),
      )
    },
    [api, sessionId],
  )
  return { ...review, rate }
}

export function reviewOf(annotations: readonly AnnotationView[]): Omit<Review, 'redactions'> {
  const ratings = new Map<number, number>()
  for (const { kind, targetSeq, value } of annotations)
    if (kind === 'rating' && targetSeq !== null && value !== null) ratings.set(targetSeq, value)
  const laterNotes = annotations.filter(({ kind, source }) => kind !== 'rating' && source === null)
  return { ratings, laterNotes, failure: null }
}

function withRating(ratings: ReadonlyMap<number, number>, seq: number, value: number | null) {
  const next = new Map(ratings)
  if (value === null) next.delete(seq)
  else next.set(seq, value)
  return next
}
