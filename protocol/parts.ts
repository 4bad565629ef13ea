import type { EventPart } from './event-schemas.js'
import type { BuiltInEventType } from './event-types.js'

/**
 * The fields of `data` that a long text may be cut in when it travels as several events [R7]. All other fields
 * are repeated in each piece. Joining concatenates these fields piece by piece: texts as texts, lists as lists.
 *
 * A long insertion in `code_edit` is cut into changes of the text BEFORE the first piece: `[10, 4, "ab"]`,
 * `[14, 0, "cd"]`, so that the joined list of changes is ascending again and means the same.
 */
export const PART_FIELDS: Partial<Record<BuiltInEventType, readonly string[]>> = {
  session_start: ['files'],
  terminal_input: ['command'],
  terminal_output: ['output', 'stdout', 'stderr'],
  terminal_stream: ['data'],
  file_created: ['content'],
  file_deleted: ['content'],
  file_renamed: ['content'],
  code_edit: ['changes'],
  code_snapshot: ['content', 'previousContent'],
  editor_open: ['content'],
  test_result: ['output', 'error'],
  ai_interaction: ['content'],
  session_submit: ['finalCode'],
  proctor_note: ['text'],
  proctor_flag: ['text'],
  proctor_message: ['text'],
}

/** The `part` of an event's data, or null where it is absent or not one that can be followed. */
export function partOf(data: unknown): EventPart | null {
  const part = (data as { part?: unknown } | null)?.part
  if (typeof part !== 'object' || part === null) return null
  const { id, index, count } = part as Record<string, unknown>
  if (typeof id !== 'string' || !isCount(index) || !isCount(count) || index >= count) return null
  return { id, index, count }
}

/** The data of the whole event from the data of all its pieces, in order. The result has no `part`. */
export function joinParts(type: string, pieces: readonly unknown[]): Record<string, unknown> {
  const whole: Record<string, unknown> = { ...(pieces[0] as Record<string, unknown>) }
  delete whole.part
  for (const field of PART_FIELDS[type as BuiltInEventType] ?? []) {
    const values = pieces.map((piece) => (piece as Record<string, unknown>)[field])
    if (values.some((value) => Array.isArray(value))) whole[field] = values.flatMap((value) => value ?? [])
    else if (values.some((value) => typeof value === 'string')) whole[field] = values.join('')
  }
  return whole
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
