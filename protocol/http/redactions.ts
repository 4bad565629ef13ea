import { z } from 'zod'
import {
  MASK_CHAR,
  MAX_LISTED_PLACES,
  MAX_REASON_CHARS,
  MAX_SECRET_CHARS,
  MIN_SECRET_CHARS,
} from '../redaction.js'
import { epochMs, plainText, seq } from './common.js'

const place = z.number().int().positive()

export const createRedactionBody = z
  .object({
    text: z
      .string()
      .min(MIN_SECRET_CHARS)
      .max(MAX_SECRET_CHARS)
      .refine((text) => !/\p{Surrogate}/u.test(text), 'no lone surrogates')
      .refine((text) => !text.includes(MASK_CHAR), 'nothing that is masked already')
      .optional()
      .describe('What is to be masked wherever it stands; never stored'),
    fromSeq: place.optional().describe('With toSeq: the events whose texts are all to be masked'),
    toSeq: place.optional(),
    reason: plainText(MAX_REASON_CHARS).describe('Kept and shown'),
  })
  .refine(
    ({ text, fromSeq, toSeq }) =>
      text === undefined
        ? fromSeq !== undefined && toSeq !== undefined && fromSeq <= toSeq
        : fromSeq === undefined && toSeq === undefined,
    'expected either text, or fromSeq and toSeq in this order',
  )
export type CreateRedactionBody = z.input<typeof createRedactionBody>

export const redactionView = z.object({
  id: z.string(),
  kind: z.enum(['text', 'range']),
  fromSeq: seq.nullable(),
  toSeq: seq.nullable(),
  reason: z.string(),
  throughSeq: seq.describe('It covers what was recorded up to here'),
  eventCount: z.number().int().describe('Events that it changed'),
  placeCount: z.number().int(),
  places: z
    .array(
      z.object({
        seq: seq.describe("0: beside the events, in the session's question or metadata or an annotation"),
        field: z.string().describe('A JSON pointer, cut where it is long; of a key it ends in ~'),
        offset: z.number().int().describe('UTF-16 units'),
        length: z.number().int(),
      }),
    )
    .max(MAX_LISTED_PLACES)
    .describe('The first ones'),
  role: z.string(),
  author: z.string(),
  createdAtMs: epochMs,
})
export type RedactionView = z.infer<typeof redactionView>

export const listRedactionsQuery = z.object({
  afterId: z
    .string()
    .regex(/^\d{1,18}$/)
    .default('0')
    .describe('nextAfterId of the page before'),
  limit: z.coerce.number().int().min(1).max(100).default(50),
})
export const redactionListView = z.object({
  redactions: z.array(redactionView),
  nextAfterId: z.string().nullable(),
})
export type RedactionListView = z.infer<typeof redactionListView>
