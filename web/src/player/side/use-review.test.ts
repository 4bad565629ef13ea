import { describe, expect, test, vi } from 'vitest'
import type { AnnotationView } from '../../../../protocol/http/index.js'
import { RatingOrder } from './rating-order.js'
import {
  NO_REVIEW,
  type Review,
  type ReviewSource,
  readReview,
  UNREAD,
  unreadText,
  withAnnotations,
} from './use-review.js'

const rating = (targetSeq: number, value: number) =>
  ({ kind: 'rating', targetSeq, value, source: null }) as AnnotationView
const shown = (ratings: [number, number][], more: Partial<Review> = {}): Review => ({
  ...NO_REVIEW,
  ratings: new Map(ratings),
  ...more,
})

test('an answer that was asked for before a rating takes away neither it nor any other', () => {
  const order = new RatingOrder()
  const newer = order.read()
  const answered = order.begin(7)
  const answer = [rating(3, 2), rating(7, 1)]
  expect([...withAnnotations(shown([[7, 5]]), answer, newer()).ratings]).toEqual([
    [3, 2],
    [7, 5],
  ])
  // It was kept meanwhile; the answer is as old as before.
  answered()
  expect(withAnnotations(shown([[7, 5]]), answer, newer()).ratings.get(7)).toBe(5)
  // A rating that was taken away does not come back.
  expect(withAnnotations(shown([]), answer, newer()).ratings.has(7)).toBe(false)
})

test('one that was asked for while a rating was on its way may not know it, one from after that does', () => {
  const order = new RatingOrder()
  const firstAnswered = order.begin(7)
  const secondAnswered = order.begin(7)
  const meanwhile = order.read()
  firstAnswered()
  expect([...order.read()()]).toEqual([7])
  secondAnswered()
  expect([...meanwhile()]).toEqual([7])
  const after = order.read()()
  expect(after.size).toBe(0)
  expect(withAnnotations(shown([[7, 5]]), [rating(7, 4)], after).ratings.get(7)).toBe(4)
})

test('why a rating was not kept stays until what was read is from after it', () => {
  const refused = shown([], { failure: 'The rating was not kept.' })
  expect(withAnnotations(refused, [], new Set([7])).failure).toBe('The rating was not kept.')
  expect(withAnnotations(refused, [], new Set()).failure).toBeNull()
})

describe('reading a review', () => {
  const redaction = { id: '1', placeCount: 2, reason: 'a key', author: 'platform' }
  const refused = () => Promise.reject(new Error('away'))
  /** What is shown from now on, and what ends it. */
  const reading = (source: ReviewSource, before = UNREAD) => {
    const now = { review: before, end: () => {} }
    now.end = readReview(source, (to) => {
      now.review = to(now.review)
    })
    return now
  }

  test('what fails is told, the other is there, and asked again what failed is being read', async () => {
    const now = reading({ annotations: refused, redactions: async () => [redaction] })
    await vi.waitFor(() => expect(now.review.reads).toEqual({ annotations: 'failed', redactions: 'read' }))
    expect(now.review.redactions).toEqual([redaction])
    const again = reading({ annotations: async () => [rating(7, 4)], redactions: refused }, now.review)
    expect(again.review.reads).toEqual({ annotations: 'reading', redactions: 'read' })
    await vi.waitFor(() => expect(again.review.reads).toEqual({ annotations: 'read', redactions: 'failed' }))
    expect(again.review.ratings.get(7)).toBe(4)
    expect(again.review.redactions).toEqual([redaction])
  })

  test('nothing changes once it was ended', async () => {
    const answered = Promise.resolve([redaction])
    const now = reading({ annotations: refused, redactions: () => answered })
    now.end()
    await answered
    await Promise.resolve()
    expect(now.review).toEqual(UNREAD)
  })
})

test('what could not be read is said, and is no empty list', () => {
  const reads = (annotations: Review['reads']['annotations'], redactions: Review['reads']['redactions']) => ({
    reads: { annotations, redactions },
  })
  expect(unreadText(NO_REVIEW, 'notes')).toBeNull()
  expect(unreadText(reads('reading', 'reading'), 'notes')).toBeNull()
  expect(unreadText(reads('failed', 'failed'), 'notes')).toBe(
    'Notes from after the close and redactions could not be read: there may be more than are shown.',
  )
  expect(unreadText(reads('read', 'failed'), 'notes')).toMatch(/^Redactions could not be read/)
  expect(unreadText(reads('read', 'failed'), 'ratings')).toBeNull()
  expect(unreadText(reads('failed', 'read'), 'ratings')).toMatch(/^Ratings could not be read/)
})
