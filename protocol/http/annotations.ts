import { z } from 'zod'
import { MAX_TEXT_CHARS } from '../limits.js'
import { epochMs, seq } from './common.js'

/** What a column holds as it is: an annotation is kept there alone once the session is closed. */
export const noteText = z
  .string()
  .min(1)
  .max(MAX_TEXT_CHARS)
  .refine((text) => !text.includes('\0') && !/\p{Surrogate}/u.test(text), 'no NULs and no lone surrogates')
const noteKind = z.enum(['note', 'flag'])
/** Up to the last millisecond of the year 9999, the last that has a place in a column. */
export const noteMoment = z.number().min(0).max(253_402_300_799_999)

export const createAnnotationBody = z.object({
  kind: noteKind,
  text: noteText,
  atMs: noteMoment.optional().describe('The moment it is about; now where absent'),
  targetSeq: z
    .number()
    .int()
    .positive()
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('The event it is about'),
})
export const changeAnnotationBody = z
  .object({ kind: noteKind.optional(), text: noteText.optional() })
  .refine(({ kind, text }) => kind !== undefined || text !== undefined, 'nothing to change')

export const annotationParams = z.object({ id: z.string(), annotationId: z.string() })

const rowId = z.string().regex(/^\d{1,18}$/, 'the id of an annotation')
export const listAnnotationsQuery = z.object({
  history: z.enum(['true', 'false']).default('false').describe('All versions, those taken away too'),
  after: rowId.default('0').describe('nextAfter of the page before'),
  limit: z.coerce.number().int().min(1).max(1000).default(1000),
})

export const annotationView = z.object({
  id: z.string(),
  version: z.string().describe('The id of the version; the first one has that of the annotation'),
  kind: z.enum(['note', 'flag', 'rating']),
  text: z.string(),
  author: z.string().describe('Who wrote this version'),
  role: z.string(),
  atMs: epochMs,
  targetSeq: seq.nullable(),
  value: z.number().int().nullable().describe('1 to 5, of a rating'),
  retracted: z.boolean(),
  source: z.number().int().nullable().describe('Its event in the recording, where it has one'),
  sourceSeq: seq.nullable(),
  createdAtMs: epochMs,
})
export type AnnotationView = z.infer<typeof annotationView>

export const annotationListView = z.object({
  annotations: z.array(annotationView),
  nextAfter: z.string().nullable(),
})
export type AnnotationListView = z.infer<typeof annotationListView>

export const turnParams = z.object({ id: z.string(), seq: z.coerce.number().int().positive() })
const promptQuality = z.number().int().min(1).max(5).nullable()
export const rateTurnBody = z.object({ promptQuality })
export const ratedTurnView = z.object({ seq, promptQuality })
export type RatedTurnView = z.infer<typeof ratedTurnView>
