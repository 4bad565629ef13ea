import { readFileSync } from 'node:fs'
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

/**
 * Where traces go, by OpenTelemetry's own names; those that are not here its SDK reads by itself. Off where neither
 * address is set.
 */
const tracingSettingsShape = {
  /** Of a collector that takes OTLP over HTTP; `/v1/traces` is appended. */
  OTEL_EXPORTER_OTLP_ENDPOINT: url('http://host:4318', 'http:', 'https:').optional(),
  /** The same for traces alone, taken as it is. */
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url('http://host:4318/v1/traces', 'http:', 'https:').optional(),
  /** The only one that is spoken. */
  OTEL_EXPORTER_OTLP_PROTOCOL: z.enum(['http/json']).default('http/json'),
  /** What goes along with each request, `name=value,…`: a collector's key, mostly. */
  OTEL_EXPORTER_OTLP_HEADERS: z.string().optional(),
  OTEL_TRACES_SAMPLER: z
    .enum([
      'always_on',
      'always_off',
      'traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'parentbased_traceidratio',
    ])
    .default('parentbased_always_on'),
  /** Of the two samplers by ratio: from 0 to 1. */
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .refine((text) => /^[\d.]+$/.test(text) && Number(text) <= 1, 'a number from 0 to 1')
    .default('1'),
  OTEL_SDK_DISABLED: z.enum(['true', 'false']).default('false'),
}

export type TracingSettings = z.infer<z.ZodObject<typeof tracingSettingsShape>>

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
  ...tracingSettingsShape,
}

const SECRET = /SECRET|KEY|TOKEN|URL|HEADERS/

/** A setting that cannot be used: which, what was given and what is expected, a line each. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

/** Settings that are secret. Each may be given as a file too, by its name with `_FILE` behind it. */
export const SECRETS = [
  'DATABASE_URL',
  'REDIS_URL',
  'AUTH_SECRET',
  'ANTHROPIC_API_KEY',
  'OTEL_EXPORTER_OTLP_HEADERS',
] as const

type Env = Record<string, string | undefined>

/**
 * A setting as it was given, itself or, of a secret, in a file whose last line break does not count; an empty one counts
 * as not set. Throws SettingsError where both are given, or the file can't be read.
 */
export function readSetting(env: Env, name: string): string | undefined {
  const file = SECRETS.some((secret) => secret === name) && env[`${name}_FILE`]
  if (!file) return env[name] || undefined
  if (env[name]) throw new SettingsError(`${name} and ${name}_FILE are both set; expected one of them`)
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '') || undefined
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // The secret itself, given in the place of its file, is not to be repeated.
    const told = /^\.{0,2}\//.test(file) ? JSON.stringify(file) : `a text of ${file.length} characters`
    throw new SettingsError(`${name}_FILE is ${told}, which could not be read (${code})`)
  }
}

/** Reads settings from the environment, once, at the start of a process. Throws SettingsError. */
export function parseSettings<S extends z.ZodRawShape>(shape: S, env: Env): z.infer<z.ZodObject<S>> {
  const given: Env = {}
  const unread = new Map<string, string>()
  for (const name of Object.keys(shape)) {
    try {
      const value = readSetting(env, name)
      if (value !== undefined) given[name] = value
    } catch (error) {
      unread.set(name, (error as SettingsError).message)
    }
  }
  const parsed = z.object(shape).safeParse(given)
  if (parsed.success && unread.size === 0) return parsed.data
  const lines = (parsed.error?.issues ?? []).flatMap((issue) => {
    const name = String(issue.path[0])
    if (unread.has(name)) return []
    const value = given[name]
    if (value === undefined) return `${name} is not set; expected ${expectation(issue)}`
    // A URL may hold a password, so it is not repeated either.
    const isSecret = SECRET.test(name) || value.includes('@')
    const shown = isSecret ? `a text of ${value.length} characters` : JSON.stringify(value)
    return `${name} is ${shown}; expected ${expectation(issue)}`
  })
  throw new SettingsError([...lines, ...unread.values()].join('\n'))
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
