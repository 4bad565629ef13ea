import { z } from 'zod'
import { isDatabaseUrl } from './database-url.js'
import { isRedisUrl } from './redis-url.js'

/** A whole number from the environment, within bounds. */
export const wholeNumber = (fallback: number, min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, `a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((n) => n >= min && n <= max, `a whole number from ${min} to ${max}`)
    .default(fallback)

const url = (expected: string, ...protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), expected)

/** The stores, and what server and workers must agree on. Each name is the environment variable's. */
export const storeSettingsShape = {
  DATABASE_URL: z
    .string()
    .refine(
      isDatabaseUrl,
      'postgres://user:password@host:port/database, with ?pooler=transaction behind a transaction pooler',
    ),
  /** At most so many connections to PostgreSQL of one process, a third for each pool of db/connect.ts: a redaction holds one while it reads by another. */
  DATABASE_CONNECTIONS: wholeNumber(24, 6, 300),
  /** Of one Redis; or of nodes of a cluster, separated by commas. */
  REDIS_URL: z
    .string()
    .refine(
      isRedisUrl,
      'redis://host:port, rediss://host:port or redis+cluster://host:port,redis+cluster://…',
    ),
  ARCHIVE_URL: url('s3://bucket/prefix?endpoint=… or file:///folder', 's3:', 'file:'),
  /** The Ed25519 key that recordings and receipts are signed with, in PEM; former public keys may follow it. */
  SIGNING_KEY_FILE: z.string(),
  /** In front of every Redis key, so that several systems can share one Redis. */
  REDIS_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9:_-]{0,40}$/, 'up to 40 of A–Z a–z 0–9 : _ -')
    .default('ilm:'),
  /** Into how many shards sessions are hashed. Changing it needs an empty buffer. */
  SHARDS: wholeNumber(16, 1, 1024),
  FLUSH_DUE_MS: wholeNumber(10_000, 50, 600_000),
  FLUSH_DUE_EVENTS: wholeNumber(100, 1, 100_000),
  /** How long events that were made before the close are taken after it. */
  CLOSE_GRACE_MS: wholeNumber(15 * 60_000, 0, 7 * 24 * 3_600_000),
  /** Whether a session is closed as COMPLETED when its time limit is over. */
  CLOSE_AT_TIME_UP: z.enum(['on', 'off']).default('off'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
}

const SECRET = /SECRET|KEY|TOKEN|URL/

/** A setting that cannot be used: which, what was given and what is expected, a line each. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

/** Reads settings from the environment, once, at the start of a process. Empty variables count as not set. */
export function parseSettings<S extends z.ZodRawShape>(
  shape: S,
  env: Record<string, string | undefined>,
): z.infer<z.ZodObject<S>> {
  const given = Object.fromEntries(
    Object.keys(shape).flatMap((name) =>
      env[name] === undefined || env[name] === '' ? [] : [[name, env[name]]],
    ),
  )
  const parsed = z.object(shape).safeParse(given)
  if (parsed.success) return parsed.data
  const lines = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0])
    const value = given[name]
    if (value === undefined) return `${name} is not set; expected ${expectation(issue)}`
    // A URL may hold a password, so it is not repeated either.
    const shown = SECRET.test(name) ? `a text of ${value.length} characters` : JSON.stringify(value)
    return `${name} is ${shown}; expected ${expectation(issue)}`
  })
  throw new SettingsError(lines.join('\n'))
}

const EXPECTED_WHEN_MISSING: Record<string, string> = {
  DATABASE_URL: 'postgres://user:password@host:port/database',
  REDIS_URL: 'redis://host:port',
  ARCHIVE_URL: 's3://bucket/prefix?endpoint=… or file:///folder',
  AUTH_SECRET: 'a secret of at least 32 characters',
  SIGNING_KEY_FILE: 'the path of a file with an Ed25519 private key in PEM',
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return EXPECTED_WHEN_MISSING[String(issue.path[0])] ?? issue.expected
  if (issue.code === 'invalid_value') return `one of ${issue.values.map(String).join(', ')}`
  return issue.message
}

/** Parses, or prints what is wrong and ends the process with exit code 1. For main modules only. */
export function settingsOrExit<S extends z.ZodRawShape>(shape: S): z.infer<z.ZodObject<S>> {
  try {
    return parseSettings(shape, process.env)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
}
