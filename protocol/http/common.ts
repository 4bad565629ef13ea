import { z } from 'zod'
import { isDeeperThan } from '../depth.js'
import { MAX_DATA_DEPTH, MAX_SOURCE_ID_CHARS } from '../limits.js'

// Parts that the bodies, queries and answers of the HTTP API are made of.

export const epochMs = z.number().describe('Epoch milliseconds, server time')
export const seq = z.number().int().nonnegative()
/** Of the years 1 to 9999: others have no place in a column. */
export const moment = z.coerce.number().min(-62_135_596_800_000).max(253_402_300_799_999)
/** Any JSON that can be written out again. */
export const anyJson = z
  .unknown()
  .refine((value) => !isDeeperThan(value, MAX_DATA_DEPTH), `nested deeper than ${MAX_DATA_DEPTH} levels`)
export const sourceId = z
  .string()
  .min(1)
  .max(MAX_SOURCE_ID_CHARS)
  .regex(/^[\x21-\x7e]+$/, 'printable ASCII without spaces')
/** Text that a column must be able to hold and compare exactly. */
export const plainText = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine((text) => !/\p{Cc}|\p{Surrogate}/u.test(text), 'no control characters')

export const sessionParams = z.object({ id: z.string() })

export const errorView = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    details: z.record(z.string(), z.unknown()).optional(),
  }),
})
