import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parseSettings, SECRETS, SettingsError } from '../db/settings.js'
import { serverSettingsShape } from './settings.js'

const GOOD = {
  DATABASE_URL: 'postgres://user:pass-word@db:5432/recorder',
  REDIS_URL: 'redis://:pass-word@redis:6379',
  ARCHIVE_URL: 's3://bucket/prefix?endpoint=http://s3:9000',
  AUTH_SECRET: 'a secret of at least 32 characters',
  SIGNING_KEY_FILE: '/run/secrets/signing-key',
}

function refusal(env: Record<string, string | undefined>): string {
  try {
    parseSettings(serverSettingsShape, { ...GOOD, ...env })
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError)
    return (error as Error).message
  }
  throw new Error('was not refused')
}

test('numbers become numbers, what is not set has its default, what is not ours is left alone', () => {
  const settings = parseSettings(serverSettingsShape, { ...GOOD, PORT: '0', HOME: '/x', SHARDS: '' })
  expect(settings).toMatchObject({ ...GOOD, PORT: 0, HOST: '127.0.0.1', SHARDS: 16, REDIS_PREFIX: 'ilm:' })
  expect(settings).not.toHaveProperty('HOME')
})

test.each(['https://id.example/jwks', 'http://127.0.0.1:8080/jwks', 'http://localhost/x', 'http://[::1]:1/'])(
  'keys are fetched over TLS or from this machine: %s',
  (url) => {
    expect(parseSettings(serverSettingsShape, { ...GOOD, AUTH_JWKS_URL: url }).AUTH_JWKS_URL).toBe(url)
  },
)

describe('a wrong value names the variable, what was given and what is expected', () => {
  test.each([
    ['PORT', 'http', 'PORT is "http"; expected a whole number from 0 to 65535'],
    ['PORT', '65536', 'PORT is "65536"; expected a whole number from 0 to 65535'],
    ['PORT', '-1', 'PORT is "-1"; expected a whole number from 0 to 65535'],
    ['SHARDS', '1.5', 'SHARDS is "1.5"; expected a whole number from 1 to 1024'],
    ['SHARDS', '0', 'SHARDS is "0"; expected a whole number from 1 to 1024'],
    ['FLUSH_DUE_MS', ' 100', 'FLUSH_DUE_MS is " 100"; expected a whole number from 50 to 600000'],
    [
      'LOG_LEVEL',
      'loud',
      'LOG_LEVEL is "loud"; expected one of fatal, error, warn, info, debug, trace, silent',
    ],
    ['REDIS_PREFIX', 'a b', 'REDIS_PREFIX is "a b"; expected up to 40 of A–Z a–z 0–9 : _ -'],
    [
      'DATABASE_URL',
      'mysql://x',
      'DATABASE_URL is a text of 9 characters; expected postgres://user:password@host',
    ],
    ['REDIS_URL', 'localhost:6379', 'REDIS_URL is a text of 14 characters; expected redis://host:port'],
    ['ARCHIVE_URL', '/data', 'ARCHIVE_URL is a text of 5 characters; expected s3://bucket/prefix?endpoint='],
    ['TRUST_PROXY', 'true', 'TRUST_PROXY is "true"; expected a whole number from 0 to 10'],
    [
      'AUTH_JWKS_URL',
      'http://id.example/jwks',
      'AUTH_JWKS_URL is a text of 22 characters; expected https://…',
    ],
    [
      'AUTH_JWKS_URL',
      'http://127.0.0.1.example/',
      'AUTH_JWKS_URL is a text of 25 characters; expected https',
    ],
    [
      'CANDIDATE_EVENT_TYPES',
      'code_edit,proctor_note',
      'CANDIDATE_EVENT_TYPES is "code_edit,proctor_note"; expected types of the candidate',
    ],
    [
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'collector:4317',
      'OTEL_EXPORTER_OTLP_ENDPOINT is "collector:4317"; expected http://',
    ],
    [
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'grpc://user:hidden@collector',
      'OTEL_EXPORTER_OTLP_ENDPOINT is a text of 28 characters; expected http://',
    ],
    [
      'OTEL_EXPORTER_OTLP_PROTOCOL',
      'grpc',
      'OTEL_EXPORTER_OTLP_PROTOCOL is "grpc"; expected one of http/json',
    ],
    ['OTEL_TRACES_SAMPLER_ARG', '1.5', 'OTEL_TRACES_SAMPLER_ARG is "1.5"; expected a number from 0 to 1'],
    ['RATE_LIMIT_PER_MINUTE', '-1', 'RATE_LIMIT_PER_MINUTE is "-1"; expected a whole number from 0'],
    [
      'AUTH_SECRET',
      'short',
      'AUTH_SECRET is a text of 5 characters; expected a secret of at least 32 characters',
    ],
  ])('%s=%s', (name, value, message) => {
    expect(refusal({ [name]: value })).toContain(message)
  })

  test.each(['DATABASE_URL', 'REDIS_URL', 'ARCHIVE_URL', 'AUTH_SECRET', 'SIGNING_KEY_FILE'])(
    '%s is missing',
    (name) => {
      expect(refusal({ [name]: undefined })).toMatch(new RegExp(`^${name} is not set; expected .{10,}$`))
      expect(refusal({ [name]: '' })).toBe(refusal({ [name]: undefined }))
    },
  )

  test('all that is wrong at once, a line each', () => {
    const lines = refusal({ PORT: 'x', SHARDS: 'y', AUTH_SECRET: undefined }).split('\n')
    expect(lines.map((line) => line.split(' ')[0]).sort()).toEqual(['AUTH_SECRET', 'PORT', 'SHARDS'])
  })

  test('secrets and what may hold one are never repeated', () => {
    const env = { DATABASE_URL: 'x://hidden-1', REDIS_URL: 'x://hidden-2', AUTH_SECRET: 'hidden-3' }
    expect(refusal({ ...env, ARCHIVE_URL: 'x://hidden-4' })).not.toContain('hidden')
  })
})

describe('secrets from files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'recorder-secrets-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const file = (content: string) => {
    const path = join(folder, 'secret')
    writeFileSync(path, content)
    return path
  }
  const values: Record<(typeof SECRETS)[number], string> = {
    ...GOOD,
    AUTH_SECRET: ' with spaces, and longer than 32 characters ',
    ANTHROPIC_API_KEY: 'sk-x',
    OTEL_EXPORTER_OTLP_HEADERS: 'x-key=1',
  }

  test.each(SECRETS)('%s is read from the file that %s_FILE names, without its last line break', (name) => {
    for (const ending of ['', '\n', '\r\n']) {
      const env = { ...GOOD, [name]: '', [`${name}_FILE`]: file(`${values[name]}${ending}`) }
      expect(parseSettings(serverSettingsShape, env)).toMatchObject({ [name]: values[name] })
    }
  })

  test('both, a file that is not there and one with something else are named, and what is in them is not', () => {
    const path = file('hidden')
    const both = { AUTH_SECRET: 'hidden and at least 32 characters long', AUTH_SECRET_FILE: path }
    expect(refusal(both)).toBe('AUTH_SECRET and AUTH_SECRET_FILE are both set; expected one of them')
    const nowhere = { AUTH_SECRET: '', AUTH_SECRET_FILE: '/nowhere', PORT: 'x' }
    expect(refusal(nowhere).split('\n')).toEqual([
      'PORT is "x"; expected a whole number from 0 to 65535',
      'AUTH_SECRET_FILE is "/nowhere", which could not be read (ENOENT)',
    ])
    const mistaken = { AUTH_SECRET: '', AUTH_SECRET_FILE: 'hidden and at least 32 characters long' }
    expect(refusal(mistaken)).toBe(
      'AUTH_SECRET_FILE is a text of 38 characters, which could not be read (ENOENT)',
    )
    const short = { AUTH_SECRET: '', AUTH_SECRET_FILE: path }
    expect(refusal(short)).toBe(
      'AUTH_SECRET is a text of 6 characters; expected a secret of at least 32 characters',
    )
    const empty = { REDIS_URL: '', REDIS_URL_FILE: file('\n') }
    expect(refusal(empty)).toMatch(/^REDIS_URL is not set; /)
  })

  test('what is no secret is not read from a file', () => {
    expect(parseSettings(serverSettingsShape, { ...GOOD, REDIS_PREFIX_FILE: file('x:') }).REDIS_PREFIX).toBe(
      'ilm:',
    )
  })
})
