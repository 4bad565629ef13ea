import { z } from 'zod'
import { ARCHIVE_OBJECTS } from '../archive-names.js'
import { plainText } from './common.js'

export const EXPORT_FORMATS = ['asciicast', 'git', 'ndjson', 'csv', 'html'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

export const exportParams = z.object({ id: z.string(), format: z.enum(EXPORT_FORMATS) })
export const exportQuery = z.object({
  afterSeq: z.coerce.number().int().nonnegative().default(0).describe('ndjson: events behind this seq'),
  author: plainText(100).default('Candidate').describe('git: the name of the author'),
})
export type ExportQuery = z.infer<typeof exportQuery>

/** An answer that is a file. */
export const exportedFile = z.string().describe('The file, as an attachment')

export const archiveObjectParams = z.object({ id: z.string(), object: z.enum(ARCHIVE_OBJECTS) })
/** An object of an archive, as docs/archive.md describes it. */
export const archiveObject = z.string().describe('The bytes of the object')
