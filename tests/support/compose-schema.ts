import { z } from 'zod'

// The part of the Compose specification that docker-compose.yml uses, stricter than the specification: a key that
// is not here is a slip until somebody adds it, and text stays text, since YAML turns much else into something.

const duration = z.string().regex(/^(\d+(ms|s|m|h))+$/, 'a duration like 30s')
const text = z.string()
const name = z.string().regex(/^[a-z][a-z0-9-]*$/)

const dependency = z.strictObject({
  condition: z.enum(['service_started', 'service_healthy', 'service_completed_successfully']),
})

const service = z
  .strictObject({
    build: z.literal('.').optional(),
    image: z.string().regex(/^[a-z0-9./-]+:[\w.-]+$/, 'an image with its tag'),
    command: z.array(text).optional(),
    environment: z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/), text).optional(),
    ports: z
      .array(z.string().regex(/^\$\{\w+:-[\d.]+\}:\$\{\w+:-\d+\}:\d+$/, 'address:port:container port'))
      .optional(),
    expose: z.array(z.string().regex(/^\d+$/)).optional(),
    volumes: z.array(z.string().regex(/^[\w./-]+:\/[\w./-]+(:ro)?$/)).optional(),
    secrets: z.array(name).optional(),
    depends_on: z.record(name, dependency).optional(),
    healthcheck: z
      .strictObject({
        test: z.tuple([z.enum(['CMD', 'CMD-SHELL']), text], text),
        interval: duration,
        timeout: duration,
        retries: z.number().int().positive(),
        start_period: duration,
      })
      .optional(),
    /** Started only where one of them is asked for. */
    profiles: z.array(name).optional(),
    restart: z.enum(['no', 'unless-stopped']),
    init: z.boolean().optional(),
    stop_grace_period: duration.optional(),
    shm_size: z
      .string()
      .regex(/^\d+(mb|gb)$/)
      .optional(),
  })
  .refine(
    ({ healthcheck }) => healthcheck?.test[0] !== 'CMD-SHELL' || healthcheck.test.length === 2,
    'CMD-SHELL takes one text',
  )

export const composeSchema = z
  .looseObject({
    name,
    services: z.record(name, service),
    volumes: z.record(name, z.null()),
    secrets: z.record(name, z.strictObject({ file: text })),
  })
  // Fragments for anchors may stand beside, under names of their own.
  .refine(
    (file) =>
      Object.keys(file).every(
        (key) => ['name', 'services', 'volumes', 'secrets'].includes(key) || key.startsWith('x-'),
      ),
    'an unknown key at the top',
  )

export type ComposeFile = z.infer<typeof composeSchema>
export type ComposeService = z.infer<typeof service>

/** Milliseconds of a duration like `1m30s`. */
export function durationMs(given: string): number {
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
  let ms = 0
  for (const [, amount, unit] of given.matchAll(/(\d+)(ms|s|m|h)/g))
    ms += Number(amount) * (units[unit as string] ?? 0)
  return ms
}

/**
 * A text with its `${NAME}`, `${NAME:-default}` and `${NAME:?message}` filled in. Throws where a required one is
 * not given.
 */
export function interpolate(given: string, env: Record<string, string>): string {
  return given.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, variable: string, kind?: string, rest = '') => {
    const value = env[variable]
    if (value !== undefined && value !== '') return value
    if (kind === '-') return rest
    throw new Error(`${variable} is required: ${rest}`)
  })
}

/** A parsed file with all its texts filled in: Compose parses first, so no value can be taken for YAML. */
export function fillIn<T>(given: T, env: Record<string, string>): T {
  if (typeof given === 'string') return interpolate(given, env) as T
  if (Array.isArray(given)) return given.map((item) => fillIn(item, env)) as T
  if (typeof given !== 'object' || given === null) return given
  return Object.fromEntries(Object.entries(given).map(([key, value]) => [key, fillIn(value, env)])) as T
}

/** The variables a Compose file reads, with what it says about each. */
export function variablesIn(given: string): { name: string; required: boolean; fallback: string | null }[] {
  const found = new Map<string, { name: string; required: boolean; fallback: string | null }>()
  for (const [, variable = '', kind, rest = ''] of given.matchAll(/\$\{(\w+)(?::([-?])([^}]*))?\}/g)) {
    found.set(variable, { name: variable, required: kind !== '-', fallback: kind === '-' ? rest : null })
  }
  return [...found.values()]
}
