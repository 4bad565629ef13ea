import { z } from 'zod'
import type { BuiltInEventType } from './event-types.js'

// Objects are loose: unknown keys in data are kept. Optional fields also take null, since backends that map
// database rows send null for "not known".

const text = z.string()
const count = z.number().int().nonnegative()
const optionalText = text.nullish()
const optionalCount = count.nullish()

/** One piece of a text that is too long for one event; the pieces follow each other directly [R7]. */
export const partSchema = z
  .object({
    id: z.string().min(1).max(64),
    index: count,
    count: z.number().int().min(1).max(4096),
  })
  .refine((part) => part.index < part.count, { path: ['index'], message: 'an index lies below its count' })
const part = partSchema.optional()

const file = { filePath: z.string().min(1), toPath: optionalText, content: optionalText, part }

/** `[offset, deletedLength, inserted]` in UTF-16 units of the text before the event. */
export const changeSchema = z.tuple([count, count, z.string()])

/** Each change must start at or after the end of the one before it. */
const ascending = (changes: readonly (readonly [number, number, string])[]): boolean =>
  changes.every((change, i) => {
    const before = changes[i - 1]
    return before === undefined || change[0] >= before[0] + before[1]
  })

export const EDIT_ORIGINS = ['typed', 'paste', 'drop', 'undo', 'redo', 'complete', 'ai', 'program'] as const

const signal = z.looseObject({
  lengthChars: optionalCount,
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits')
    .nullish(),
  source: optionalText,
})

const said = z.looseObject({ text, author: optionalText, atMs: z.number().nullish(), part })

/** One schema for the `data` of each built-in type. */
export const DATA_SCHEMAS = {
  session_start: z.looseObject({
    questionId: optionalText,
    questionTitle: optionalText,
    difficulty: optionalText,
    language: optionalText,
    timeLimit: z.number().nonnegative().nullish(),
    startTime: z.union([z.string(), z.number()]).nullish(),
    files: z.array(z.looseObject({ filePath: z.string().min(1), content: text })).nullish(),
    part,
  }),
  terminal_input: z.looseObject({ command: text, workingDirectory: optionalText, part }),
  terminal_output: z.looseObject({
    output: optionalText,
    stdout: optionalText,
    stderr: optionalText,
    exitCode: z.number().int().nullish(),
    part,
  }),
  terminal_stream: z
    .looseObject({ channel: z.enum(['o', 'i', 'r']), data: text, part })
    .refine((d) => d.channel !== 'r' || /^[1-9]\d{0,4}x[1-9]\d{0,4}$/.test(d.data), {
      path: ['data'],
      message: 'a resize (channel r) is COLSxROWS, for example 80x24',
    }),
  file_created: z.looseObject(file),
  file_deleted: z.looseObject(file),
  file_renamed: z.looseObject({ ...file, toPath: z.string().min(1) }),
  file_write: z.looseObject({ filePath: z.string().min(1), language: optionalText }),
  code_edit: z.looseObject({
    changes: z.array(changeSchema).refine(ascending, 'changes must be ascending and must not overlap'),
    selection: z.unknown().optional(),
    origin: z.enum(EDIT_ORIGINS).nullish(),
    part,
  }),
  code_snapshot: z.looseObject({
    fileName: z.string().min(1),
    language: optionalText,
    content: text,
    previousContent: optionalText,
    part,
  }),
  editor_open: z.looseObject({ content: optionalText, part }),
  cursor: z.looseObject({ anchor: count, head: count }),
  keystroke: z.looseObject({ every: optionalCount }),
  test_run_start: z.looseObject({ testCount: optionalCount, language: optionalText, fileName: optionalText }),
  test_result: z.looseObject({
    testName: text,
    passed: z.boolean(),
    output: optionalText,
    error: optionalText,
    duration: z.number().nonnegative().nullish(),
    part,
  }),
  ai_interaction: z.looseObject({
    role: z.enum(['user', 'assistant', 'system']),
    content: text,
    model: optionalText,
    inputTokens: optionalCount,
    outputTokens: optionalCount,
    latency: z.number().nonnegative().nullish(),
    promptQuality: z.number().int().min(1).max(5).nullish(),
    part,
  }),
  session_submit: z.looseObject({ finalCode: z.unknown().optional(), scores: z.unknown().optional(), part }),
  tab_hidden: signal,
  tab_visible: signal,
  window_blur: signal,
  window_focus: signal,
  paste: signal,
  copy: signal,
  fullscreen_exit: signal,
  connection_lost: signal,
  connection_restored: signal,
  second_tab: signal,
  proctor_note: said,
  proctor_flag: said,
  proctor_message: said,
  time_extended: z.looseObject({ timeLimit: z.number().nullish(), text: optionalText, author: optionalText }),
  rejected: z.looseObject({ code: text, claimedType: text, sizeBytes: count }),
  quarantined: z.looseObject({ code: text, claimedType: text, sizeBytes: count }),
  gap: z.looseObject({ source: count, fromSeq: count, toSeq: count }),
} satisfies Record<BuiltInEventType, z.ZodType>

export type EventData<T extends BuiltInEventType> = z.infer<(typeof DATA_SCHEMAS)[T]>
export type CodeChange = z.infer<typeof changeSchema>
export type EditOrigin = (typeof EDIT_ORIGINS)[number]
export type EventPart = z.infer<typeof partSchema>
