import type { Interview } from '../interview.js'
import { lruCache } from './lru-cache.js'
import { rateLimiter } from './rate-limiter.js'
import { twoSumSorted } from './two-sum-sorted.js'

export const SAMPLES: readonly ((seed: number) => Interview)[] = [twoSumSorted, lruCache, rateLimiter]

/** The n-th candidate's interview (from 0): the questions take turns, and everybody types differently. */
export function sampleInterview(n: number): Interview {
  const sample = SAMPLES[n % SAMPLES.length] as (typeof SAMPLES)[number]
  return sample(n + 1)
}
