import type { BuiltInEventType } from '../../protocol/event-types.js'
import { type JsonPath, KEY } from './json-strings.js'

/**
 * What becomes of a field of `data` where the whole event is masked.
 * - keep: numbers, paths, names that the service or the vocabulary gave, pieces' places
 * - text: texts are masked; keys and numbers stay
 * - free: texts and keys are masked, numbers become 0; also every field that the vocabulary does not know
 * - given: a file's whole text, masked where it is new or repeats what is masked
 * - stream: a terminal's text, of which sequences stay
 * - hash: zeros
 */
export type FieldRule =
  | 'keep'
  | 'text'
  | 'free'
  | 'given'
  | 'stream'
  | 'hash'
  | 'changes'
  | 'files'
  | 'selection'

const said = { text: 'text', author: 'keep', atMs: 'keep', part: 'keep' } as const
const signal = { lengthChars: 'keep', sha256: 'hash', source: 'text' } as const
const file = { filePath: 'keep', toPath: 'keep', content: 'given', part: 'keep' } as const
const lost = { code: 'keep', claimedType: 'text', sizeBytes: 'keep' } as const

/** A field that the vocabulary gets is added here: fields.test.ts holds it. */
export const RULES: Readonly<Record<BuiltInEventType, Readonly<Record<string, FieldRule>>>> = {
  session_start: {
    questionId: 'text',
    questionTitle: 'text',
    difficulty: 'text',
    language: 'text',
    timeLimit: 'keep',
    startTime: 'text',
    files: 'files',
    part: 'keep',
  },
  terminal_input: { command: 'text', workingDirectory: 'text', part: 'keep' },
  terminal_output: { output: 'stream', stdout: 'stream', stderr: 'stream', exitCode: 'keep', part: 'keep' },
  terminal_stream: { channel: 'keep', data: 'stream', part: 'keep' },
  file_created: file,
  file_deleted: file,
  file_renamed: file,
  file_write: { filePath: 'keep', language: 'text' },
  code_edit: { changes: 'changes', selection: 'selection', origin: 'keep', part: 'keep' },
  code_snapshot: {
    fileName: 'keep',
    language: 'text',
    content: 'given',
    previousContent: 'given',
    part: 'keep',
  },
  editor_open: { content: 'given', part: 'keep' },
  cursor: { anchor: 'keep', head: 'keep' },
  keystroke: { every: 'keep' },
  test_run_start: { testCount: 'keep', language: 'text', fileName: 'keep' },
  test_result: {
    testName: 'text',
    passed: 'keep',
    output: 'text',
    error: 'text',
    duration: 'keep',
    part: 'keep',
  },
  ai_interaction: {
    role: 'keep',
    content: 'text',
    model: 'text',
    inputTokens: 'keep',
    outputTokens: 'keep',
    latency: 'keep',
    promptQuality: 'keep',
    part: 'keep',
  },
  session_submit: { finalCode: 'text', scores: 'text', part: 'keep' },
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
  time_extended: { timeLimit: 'keep', text: 'text', author: 'keep' },
  rejected: lost,
  quarantined: lost,
  gap: { source: 'keep', fromSeq: 'keep', toSeq: 'keep' },
}

export const OUTPUT_FIELDS = ['output', 'stdout', 'stderr'] as const

/** Words of the vocabulary: their length and meaning are the recorder's, whatever a secret may be. */
const FIXED_TEXTS: Readonly<Partial<Record<string, readonly string[]>>> = {
  ai_interaction: ['role'],
  code_edit: ['origin'],
  terminal_stream: ['channel'],
  rejected: ['code'],
  quarantined: ['code'],
}

const SELECTION_KEYS = new Set(['anchor', 'head', 'ranges', 'main'])
const PART_KEYS = new Set(['id', 'index', 'count'])
const FILE_KEYS = new Set(['filePath', 'content'])

/** Types beyond the vocabulary that the SDK writes: the hash of a paste or copy that followed its signal. */
const RULES_BEYOND: Readonly<Record<string, Readonly<Record<string, FieldRule>>>> = {
  'custom:clipboard_hash': { sourceSeq: 'keep', lengthChars: 'keep', sha256: 'hash' },
}

function rulesOf(type: string): Readonly<Record<string, FieldRule>> | null {
  if (Object.hasOwn(RULES, type)) return RULES[type as BuiltInEventType]
  return Object.hasOwn(RULES_BEYOND, type) ? (RULES_BEYOND[type] ?? null) : null
}

/** The rule for what stands at a path in the data of an event. */
export function ruleAt(type: string, [name]: JsonPath): FieldRule {
  const rules = rulesOf(type)
  if (rules === null || typeof name !== 'string' || !Object.hasOwn(rules, name)) return 'free'
  return rules[name] as FieldRule
}

/** Whether a key in the data is the vocabulary's, and so nobody's text. */
export function isKnownKey(type: string, path: JsonPath): boolean {
  if (path.at(-1) !== KEY) return false
  const rules = rulesOf(type)
  const key = path.at(-2)
  if (rules === null || typeof key !== 'string') return false
  if (path.length === 2) return Object.hasOwn(rules, key)
  if (path[0] === 'part') return PART_KEYS.has(key)
  const rule = ruleAt(type, path)
  return (rule === 'files' && FILE_KEYS.has(key)) || (rule === 'selection' && SELECTION_KEYS.has(key))
}

export const isFixedText = (type: string, path: JsonPath): boolean =>
  path.length === 1 &&
  (FIXED_TEXTS[type]?.includes(String(path[0])) === true || (path[0] === 'sha256' && tellsHash(type)))

/** A terminal's texts go over many events and hold sequences: they are looked at as streams. */
export const isStreamText = (type: string, path: JsonPath): boolean =>
  path.length === 1 && ruleAt(type, path) === 'stream'

/** Whether events of this type may tell the hash of a text that was copied or pasted. */
export const tellsHash = (type: string): boolean => ruleAt(type, ['sha256']) === 'hash'
