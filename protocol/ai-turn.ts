/**
 * The `data` of an `ai_interaction` as the service's chat route and the SDK's adapter for the Anthropic SDK write it:
 * the fields of the vocabulary, and what else they know of a turn.
 */
export interface AiTurn {
  role: 'user' | 'assistant' | 'system'
  /** What a person would read; tools in brackets. Of a turn that broke, what had come until then. */
  content: string
  model?: string
  inputTokens?: number
  outputTokens?: number
  cacheReadTokens?: number
  cacheCreationTokens?: number
  /** Milliseconds from the question to the end of the answer, tries included. */
  latency?: number
  /** Milliseconds from the question to the first piece of the answer, of streams. */
  timeToFirstToken?: number
  stopReason?: string
  requestId?: string
  /** Why there is no answer, or no whole one. */
  error?: AiTurnError
  /** The turn's blocks, where there are others than texts; long texts in them are cut. */
  blocks?: unknown[]
  /** Who asked the chat route. */
  askedBy?: { role: string; sub: string }
}

export interface AiTurnError {
  /** `aborted`, `broken` (the answer ended too early), `unreachable`, or what the API calls it. */
  type: string
  message: string
  /** HTTP's. */
  status?: number
}

const MAX_ERROR_CHARS = 2000

/** What the API says of the tokens of a message. */
export interface ApiUsage {
  input_tokens?: number | null
  output_tokens?: number | null
  cache_read_input_tokens?: number | null
  cache_creation_input_tokens?: number | null
}

/** Counts that are known; those that aren't stay away, as unknown is not zero. */
export function tokensOf(usage: ApiUsage): Partial<AiTurn> {
  const tokens: Partial<AiTurn> = {}
  const { input_tokens, output_tokens, cache_read_input_tokens, cache_creation_input_tokens } = usage
  if (input_tokens != null) tokens.inputTokens = input_tokens
  if (output_tokens != null) tokens.outputTokens = output_tokens
  if (cache_read_input_tokens != null) tokens.cacheReadTokens = cache_read_input_tokens
  if (cache_creation_input_tokens != null) tokens.cacheCreationTokens = cache_creation_input_tokens
  return tokens
}

/** What an error of the Anthropic SDK, or of the network below it, was. */
export function turnErrorOf(error: unknown): AiTurnError {
  const { name, message, status, type } = (error ?? {}) as Record<string, unknown>
  const text = typeof message === 'string' ? message.slice(0, MAX_ERROR_CHARS) : ''
  if (typeof status === 'number')
    return { type: typeof type === 'string' ? type : 'api_error', message: text, status }
  // An error in the middle of a stream has the API's own name and no status.
  if (typeof type === 'string') return { type, message: text }
  if (/abort/i.test(String(name)) || /abort/i.test(text)) return { type: 'aborted', message: text }
  return { type: 'unreachable', message: text }
}
