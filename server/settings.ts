import { z } from 'zod'
import { storeSettingsShape, wholeNumber } from '../db/settings.js'
import { candidateTypesFrom } from './ingest/candidate-types.js'

/** An origin is what browsers send: scheme, host and port, without a path. */
function isOriginList(text: string): boolean {
  return (
    text === '*' || text.split(',').every((one) => URL.canParse(one) && new URL(one).origin === one.trim())
  )
}

/** Keys that come over the open network are no keys: https, or http from this machine itself. */
function isKeysUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname } = new URL(text)
  return (
    protocol === 'https:' || (protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname))
  )
}

/** Each name is the environment variable's; README has the table. */
export const serverSettingsShape = {
  ...storeSettingsShape,
  HOST: z.string().default('127.0.0.1'),
  PORT: wholeNumber(4700, 0, 65535),
  AUTH_SECRET: z.string().min(32, 'a secret of at least 32 characters'),
  /** Origins that may use the API and the sockets from a browser, separated by commas; * for any. */
  ALLOWED_ORIGINS: z
    .string()
    .refine(isOriginList, '* or origins such as https://example.com, separated by commas')
    .default('*'),
  /** Whether anybody may have a demo interview at /demo, without a token. */
  DEMO: z.enum(['on', 'off']).default('off'),
  /** Whether service tokens may look at the job queues under /queues. */
  QUEUE_BOARD: z.enum(['on', 'off']).default('off'),
  /** Whether browsers may compress what they send over their sockets. */
  WIRE_COMPRESSION: z.enum(['on', 'off']).default('on'),
  /** A candidate without an event for so long counts as idle. */
  IDLE_AFTER_MS: wholeNumber(60_000, 1_000, 3_600_000),
  /** A candidate's pages on two devices are recorded as a second tab when both have been connected for so long. */
  SECOND_DEVICE_AFTER_MS: wholeNumber(45_000, 1_000, 3_600_000),
  /** Above so many uncommitted events of a session its recorders are asked to slow down. */
  BACKLOG_SLOW_EVENTS: wholeNumber(50_000, 100, 10_000_000),
  /** What Redis may hold in all before nothing more is taken; of a Redis with a limit of its own, 80 % of that at most. */
  REDIS_BUDGET_BYTES: wholeNumber(512 * 1024 * 1024, 1024 * 1024, 1024 ** 5),
  /** On SIGTERM: balancers get so long to see that /readyz says no before anything is closed. */
  STOP_DELAY_MS: wholeNumber(0, 0, 60_000),
  /** The public keys (JWKS) of an issuer whose tokens are taken too. */
  AUTH_JWKS_URL: z.string().refine(isKeysUrl, 'https://…, or http:// on loopback').optional(),
  /** The `iss` that the tokens under those keys must carry; any where not set. */
  AUTH_ISSUER: z.string().optional(),
  /** The `aud` that they must carry; any where not set. */
  AUTH_AUDIENCE: z.string().optional(),
  /** What candidates may send, separated by commas; `custom` stands for all custom types. All where not set. */
  CANDIDATE_EVENT_TYPES: z
    .string()
    .refine(
      (text) => candidateTypesFrom(text) !== null,
      'types of the candidate, custom or custom:<name>, separated by commas',
    )
    .optional(),
  /** Requests and verbs of one candidate or proctor; 0 for any number, here and below. */
  RATE_LIMIT_PER_MINUTE: wholeNumber(6_000, 0, 1_000_000_000),
  /** Requests of one service token's `sub`. */
  RATE_LIMIT_SERVICE_PER_MINUTE: wholeNumber(600_000, 0, 1_000_000_000),
  /** Refused tokens from one address. */
  RATE_LIMIT_ADDRESS_PER_MINUTE: wholeNumber(3_000, 0, 1_000_000_000),
  /** New sockets from one address. */
  RATE_LIMIT_CONNECTIONS_PER_MINUTE: wholeNumber(30_000, 0, 1_000_000_000),
  /** How many proxies of one's own stand in front, whose X-Forwarded-For is believed. */
  TRUST_PROXY: wholeNumber(0, 0, 10),
  /** A request must have come whole after so long. */
  REQUEST_TIMEOUT_MS: wholeNumber(60_000, 1_000, 600_000),
  /** Of the Anthropic API; without it the chat route is off. */
  ANTHROPIC_API_KEY: z.string().optional(),
  /** Where the Messages API is, if not at Anthropic's own address. */
  ANTHROPIC_BASE_URL: z
    .string()
    .refine((text) => /^https?:\/\//.test(text) && URL.canParse(text), 'https://…')
    .optional(),
  ANTHROPIC_MODEL: z.string().default('claude-sonnet-5-5'),
  CHAT_SYSTEM_PROMPT: z
    .string()
    .max(100_000)
    .default(
      'You assist a candidate during a technical interview in which using you is allowed. Answer briefly and to the point.',
    ),
  /** Of one answer. */
  CHAT_MAX_TOKENS: wholeNumber(4_096, 1, 32_000),
  /** Questions of one session. */
  CHAT_MAX_TURNS: wholeNumber(200, 1, 2_000),
  /** What the questions and answers of one session may cost together. */
  CHAT_MAX_SESSION_TOKENS: wholeNumber(2_000_000, 1, 1_000_000_000),
  /** For how long browsers are told to come by TLS alone; 0 where there is none in front. */
  HSTS_MAX_AGE_SEC: wholeNumber(0, 0, 63_072_000),
}

export type ServerSettings = z.infer<z.ZodObject<typeof serverSettingsShape>>
