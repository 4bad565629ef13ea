import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { AnnotationView, RedactionView } from '../../../../protocol/http/index.js'
import type { ConsoleApi } from '../../data/api.js'
import { RatingOrder } from './rating-order.js'

/** Of what is not read, a list that is empty says nothing. */
export type ReadState = 'reading' | 'read' | 'failed'

/** What reviewers made of a recording besides its events. */
export interface Review {
  /** 1–5 by the seq of the rated turn. */
  ratings: ReadonlyMap<number, number>
  /** Notes and flags that are no events: written after the close. */
  laterNotes: readonly AnnotationView[]
  /** What was taken out of it, oldest first: as {@link ConsoleApi.redactions} reads them. */
  redactions: readonly Pick<RedactionView, 'id' | 'placeCount' | 'reason' | 'author'>[]
  /** How it stands with reading them; what was read before stays where it failed. */
  reads: { annotations: ReadState; redactions: ReadState }
  /** Why the last rating was not kept, in words; null where it was. */
  failure: string | null
}

export interface Reviewing extends Review {
  /** Rates a turn, or takes its rating away. */
  rate: (seq: number, value: number | null) => void
  /** Reads what is there once more. */
  readAgain: () => void
}

/** Where it is read. */
export interface ReviewSource {
  annotations(): Promise<readonly AnnotationView[]>
  redactions(): Promise<Review['redactions']>
}

export const NO_REVIEW: Review = {
  ratings: new Map(),
  laterNotes: [],
  redactions: [],
  reads: { annotations: 'read', redactions: 'read' },
  failure: null,
}
/** Before the first answer. */
export const UNREAD: Review = { ...NO_REVIEW, reads: { annotations: 'reading', redactions: 'reading' } }

/**
 * The review of a session, read when it is opened and again whenever `occasion` changes: nobody pushes it. The recording
 * is there without it.
 */
export function useReview(api: ConsoleApi, sessionId: string, occasion: unknown): Reviewing {
  const [review, setReview] = useState<Review>(UNREAD)
  const [askedCount, setAskedCount] = useState(0)
  const order = useRef(new RatingOrder()).current
  // biome-ignore lint/correctness/useExhaustiveDependencies: the occasion, and who asked for it, are the reasons to read again
  useEffect(() => {
    const source = {
      annotations: () => api.annotations(sessionId),
      redactions: () => api.redactions(sessionId),
    }
    return readReview(source, setReview, order.read())
  }, [api, sessionId, occasion, askedCount, order])

  const rate = useCallback(
    (seq: number, value: number | null) => {
      let before: number | null = null
      const answered = order.begin(seq)
      // Shown at once; what the service refuses goes back.
      setReview((shown) => {
        before = shown.ratings.get(seq) ?? null
        return { ...shown, ratings: withRating(shown.ratings, seq, value), failure: null }
      })
      api.rate(sessionId, seq, value).then(answered, (error: Error) => {
        answered()
        setReview((shown) => {
          // Whoever rated anew meanwhile keeps that.
          const isShown = (shown.ratings.get(seq) ?? null) === value
          return {
            ...shown,
            ratings: isShown ? withRating(shown.ratings, seq, before) : shown.ratings,
            failure: `The rating was not kept. ${error.message}`,
          }
        })
      })
    },
    [api, sessionId, order],
  )
  const readAgain = useCallback(() => setAskedCount((asked) => asked + 1), [])
  return useMemo(() => ({ ...review, rate, readAgain }), [review, rate, readAgain])
}

/**
 * Reads each part for itself: of what can't be read, that which was read before stays.
 * @param change is given what makes the review as it is then of the one that is shown
 * @param newerRatings the turns that were rated since this began
 * @returns ends it: nothing changes any more
 */
export function readReview(
  source: ReviewSource,
  change: (to: (shown: Review) => Review) => void,
  newerRatings: () => ReadonlySet<number> = () => new Set(),
): () => void {
  let isCurrent = true
  const changeNow = (to: (shown: Review) => Review) => {
    if (isCurrent) change(to)
  }
  const failed = (what: keyof Review['reads']) => () => changeNow((shown) => withRead(shown, what, 'failed'))
  changeNow(({ reads, ...shown }) => ({
    ...shown,
    reads: { annotations: again(reads.annotations), redactions: again(reads.redactions) },
  }))
  source.annotations().then((annotations) => {
    const newer = newerRatings()
    changeNow((shown) => withRead(withAnnotations(shown, annotations, newer), 'annotations', 'read'))
  }, failed('annotations'))
  source
    .redactions()
    .then(
      (redactions) => changeNow((shown) => withRead({ ...shown, redactions }, 'redactions', 'read')),
      failed('redactions'),
    )
  return () => {
    isCurrent = false
  }
}

const again = (before: ReadState): ReadState => (before === 'failed' ? 'reading' : before)

const withRead = (shown: Review, what: keyof Review['reads'], state: ReadState): Review => ({
  ...shown,
  reads: { ...shown.reads, [what]: state },
})

/** What was read, but for the ratings of the turns in `newer`: those were made since. */
export function withAnnotations(
  shown: Review,
  annotations: readonly AnnotationView[],
  newer: ReadonlySet<number>,
): Review {
  const read = reviewOf(annotations)
  let { ratings } = read
  for (const seq of newer) ratings = withRating(ratings, seq, shown.ratings.get(seq) ?? null)
  return { ...shown, ...read, ratings, failure: newer.size > 0 ? shown.failure : null }
}

/** What could not be read, for who looks at `of`; null where that is all there. */
export function unreadText({ reads }: Pick<Review, 'reads'>, of: 'notes' | 'ratings'): string | null {
  const noted = reads.annotations === 'failed'
  if (of === 'ratings') return noted ? 'Ratings could not be read: there may be more than are shown.' : null
  const masked = reads.redactions === 'failed'
  if (!noted && !masked) return null
  const what = [...(noted ? ['notes from after the close'] : []), ...(masked ? ['redactions'] : [])]
  const text = what.join(' and ')
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)} could not be read: there may be more than are shown.`
}

export function reviewOf(annotations: readonly AnnotationView[]): Omit<Review, 'redactions' | 'reads'> {
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
