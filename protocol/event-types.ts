/**
 * The event vocabulary without its schemas, so that code in other people's pages can name types without
 * carrying a schema library along. `event-schemas.ts` has one schema for each name here.
 */
export const CANDIDATE_EVENT_TYPES = [
  'session_start',
  'terminal_input',
  'terminal_output',
  'terminal_stream',
  'file_created',
  'file_deleted',
  'file_renamed',
  'file_write',
  'code_edit',
  'code_snapshot',
  'editor_open',
  'cursor',
  'keystroke',
  'test_run_start',
  'test_result',
  'ai_interaction',
  'session_submit',
  'tab_hidden',
  'tab_visible',
  'window_blur',
  'window_focus',
  'paste',
  'copy',
  'fullscreen_exit',
  'connection_lost',
  'connection_restored',
  'second_tab',
] as const

export const PROCTOR_EVENT_TYPES = [
  'proctor_note',
  'proctor_flag',
  'proctor_message',
  'time_extended',
] as const

/** Made by the recorder service alone, in the place of what could not be kept [R5, R6]. */
export const SERVICE_EVENT_TYPES = ['rejected', 'quarantined', 'gap'] as const

export type BuiltInEventType =
  | (typeof CANDIDATE_EVENT_TYPES)[number]
  | (typeof PROCTOR_EVENT_TYPES)[number]
  | (typeof SERVICE_EVENT_TYPES)[number]
export type CustomEventType = `custom:${string}`
export type EventType = BuiltInEventType | CustomEventType

/** What the recorder of the SDK records when a break that was promised to the candidate begins, and when it ends. */
export const PAUSED_TYPE = 'custom:recording_paused'
export const RESUMED_TYPE = 'custom:recording_resumed'

const CUSTOM_TYPE = /^custom:[A-Za-z0-9_.:-]{1,64}$/

/** `custom:` and 1–64 characters of A–Z a–z 0–9 _ . : - */
export const isCustomType = (type: string): type is CustomEventType => CUSTOM_TYPE.test(type)

const CHECKPOINT_TYPES: ReadonlySet<string> = new Set([
  'session_start',
  'file_created',
  'file_deleted',
  'file_renamed',
  'code_snapshot',
  'test_run_start',
  'test_result',
  'ai_interaction',
  'session_submit',
  'proctor_note',
  'proctor_flag',
  'proctor_message',
  'time_extended',
  'rejected',
  'quarantined',
  'gap',
])

/** A paste of at least so many characters is worth jumping to. */
export const CHECKPOINT_PASTE_CHARS = 80

/**
 * Whether an event is a checkpoint. The vocabulary decides, whoever sends; only `custom:` types are taken at
 * the sender's word.
 */
export function isCheckpoint(type: string, data: unknown, asSent: boolean | undefined): boolean {
  if (CHECKPOINT_TYPES.has(type)) return true
  if (type === 'paste') {
    const lengthChars = (data as { lengthChars?: unknown } | null)?.lengthChars
    return typeof lengthChars === 'number' && lengthChars >= CHECKPOINT_PASTE_CHARS
  }
  return isCustomType(type) && asSent === true
}
