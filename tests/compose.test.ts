import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { z } from 'zod'
import { parseArchiveUrl } from '../db/archive/open-archive.js'
import { parseSettings } from '../db/settings.js'
import { serverSettingsShape } from '../server/settings.js'
import { workerSettingsShape } from '../workers/settings.js'
import {
  type ComposeService,
  composeSchema,
  durationMs,
  fillIn,
  interpolate,
  variablesIn,
} from './support/compose-schema.js'

// docker-compose.yml can't be run where there is no engine: what can be known without one is checked here.

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const read = (path: string): string => readFileSync(`${ROOT}${path}`, 'utf8')

const text = read('docker-compose.yml')
const ENV = {
  POSTGRES_PASSWORD: 'p'.repeat(32),
  REDIS_PASSWORD: 'r'.repeat(32),
  S3_ACCESS_KEY_ID: 'k'.repeat(16),
  S3_SECRET_ACCESS_KEY: 's'.repeat(32),
  AUTH_SECRET: 'a'.repeat(32),
  SIGNING_KEY_FILE: './signing-key.pem',
}
const file = composeSchema.parse(parse(text, { merge: true }))
const filledIn = fillIn(file, ENV)
const services = Object.entries(file.services)
const service = (name: string): ComposeService => filledIn.services[name] as ComposeService

/** What else than settings of ours a process of ours is given. */
const AWS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_REGION']

describe('docker-compose.yml', () => {
  test('a key that nobody knows, and text that YAML takes for something else, are found', () => {
    const slip = text.replace('stop_grace_period: 20s', 'stop_grace: 20s')
    expect(composeSchema.safeParse(parse(slip, { merge: true })).success).toBe(false)
    const unquoted = text.replace(/- "(fetch\(.*\))"/, '- $1')
    expect(unquoted).not.toBe(text)
    expect(composeSchema.safeParse(parse(unquoted, { merge: true })).success).toBe(false)
  })

  test('waits only for services that can answer', () => {
    for (const [name, { depends_on = {} }] of services) {
      for (const [target, { condition }] of Object.entries(depends_on)) {
        const other = file.services[target]
        expect(other, `${name} depends on ${target}`).toBeDefined()
        if (condition === 'service_healthy') expect(other?.healthcheck, target).toBeDefined()
        if (condition === 'service_completed_successfully') expect(other?.restart, target).toBe('no')
      }
    }
  })

  test('each service that stays has a health check, a restart policy and time to stop', () => {
    for (const [name, { healthcheck, restart, stop_grace_period }] of services) {
      if (restart === 'no') continue
      expect(healthcheck, name).toBeDefined()
      expect(stop_grace_period, name).toBeDefined()
    }
  })

  test('server and worker can be scaled: no name, host port or volume of their own', () => {
    for (const name of ['server', 'worker']) {
      expect(file.services[name]).not.toHaveProperty('ports')
      expect(file.services[name]).not.toHaveProperty('volumes')
    }
    const published = services.filter(([, { ports }]) => ports !== undefined)
    expect(published.map(([name]) => name)).toEqual(['entry', 'grafana'])
    for (const [name] of published) {
      // Without TLS in front, and for Grafana without any sign-in: this machine alone, unless somebody says otherwise.
      for (const port of service(name).ports ?? []) expect(port, name).toMatch(/^127\.0\.0\.1:/)
    }
  })

  test('named volumes are declared, and mounted files are there', () => {
    for (const [name, { volumes = [] }] of services) {
      for (const [source = ''] of volumes.map((volume) => volume.split(':'))) {
        const known = source.startsWith('./') ? existsSync(`${ROOT}${source}`) : source in file.volumes
        expect(known, `${source} of ${name}`).toBe(true)
      }
    }
  })

  test('secrets are declared, and each process that signs is given its key', () => {
    expect(Object.keys(file.secrets)).toEqual(['signing-key'])
    for (const name of ['server', 'worker']) {
      const { secrets = [], environment = {} } = service(name)
      expect([name, environment.SIGNING_KEY_FILE]).toEqual([name, `/run/secrets/${secrets[0]}`])
      expect(Object.keys(file.secrets)).toEqual(expect.arrayContaining(secrets))
    }
  })

  test('images are of a version that says what it is', () => {
    for (const [name, { image }] of services) expect(image, name).not.toMatch(/:latest$/)
  })

  test('no secret has a default, and .env.example names them all without one', () => {
    const variables = variablesIn(text)
    const required = variables.filter((variable) => variable.required).map((variable) => variable.name)
    expect(required.sort()).toEqual(Object.keys(ENV).sort())
    for (const name of required) expect(() => interpolate(text, { ...ENV, [name]: '' })).toThrow(name)
    const example = read('.env.example')
    const lines = [...example.matchAll(/^(# )?([A-Z][A-Z0-9_]*)=(.*)$/gm)]
    const empty = lines.filter(([, comment]) => !comment)
    expect(empty.map(([, , name]) => name).sort()).toEqual(required.sort())
    expect(empty.filter(([, , , value]) => value !== '')).toEqual([])
    const optional = variables.filter((variable) => !variable.required)
    expect(lines.filter(([, comment]) => comment).map(([, , name, value]) => `${name}=${value}`)).toEqual(
      expect.arrayContaining(optional.map(({ name, fallback }) => `${name}=${fallback}`)),
    )
  })
})

describe('what it runs of ours', () => {
  const shapes: Record<string, z.ZodRawShape> = {
    server: serverSettingsShape,
    worker: workerSettingsShape,
    migrate: { DATABASE_URL: serverSettingsShape.DATABASE_URL },
    bucket: { ARCHIVE_URL: serverSettingsShape.ARCHIVE_URL },
  }
  const ours = services.filter(([, { build }]) => build !== undefined).map(([name]) => name)

  test('are the processes that exist', () => {
    expect(ours.sort()).toEqual(Object.keys(shapes).sort())
    for (const name of ours) {
      const script = service(name).command?.at(-1) ?? ''
      const source = script.replace(/^dist\/(run\/)?/, '').replace(/\.js$/, '.ts')
      expect(existsSync(`${ROOT}${script.startsWith('dist/') ? source : script}`), script).toBe(true)
    }
  })

  test.each(Object.keys(shapes))(
    '%s gets settings that exist, all it requires, and values they take',
    (name) => {
      const shape = shapes[name] as z.ZodRawShape
      const { environment = {} } = service(name)
      const known = [
        ...Object.keys(shape),
        ...AWS,
        ...(name === 'bucket' ? Object.keys(workerSettingsShape) : []),
      ]
      expect(Object.keys(environment).filter((variable) => !known.includes(variable))).toEqual([])
      expect(() => parseSettings(shape, environment)).not.toThrow()
    },
  )

  test('the stores they are pointed to are those beside them', () => {
    for (const name of ['server', 'worker']) {
      const { environment = {} } = service(name)
      const database = new URL(environment.DATABASE_URL ?? '')
      const postgres = service('postgres').environment ?? {}
      expect([database.hostname, database.username, database.pathname]).toEqual([
        'postgres',
        postgres.POSTGRES_USER,
        `/${postgres.POSTGRES_DB}`,
      ])
      expect(database.password).toBe(postgres.POSTGRES_PASSWORD)
      expect(new URL(environment.REDIS_URL ?? '').hostname).toBe('redis')
      expect(service('redis').command).toContain(new URL(environment.REDIS_URL ?? '').password)
      const s3 = service('s3').environment ?? {}
      expect(parseArchiveUrl(environment.ARCHIVE_URL ?? '', {})).toEqual({
        kind: 's3',
        bucket: 'recordings',
        prefix: '',
        region: s3.VGW_REGION,
        endpoint: `http://s3${s3.VGW_PORT}`,
      })
      expect(environment.AWS_ACCESS_KEY_ID).toBe(s3.ROOT_ACCESS_KEY_ID)
      expect(environment.AWS_SECRET_ACCESS_KEY).toBe(s3.ROOT_SECRET_ACCESS_KEY)
    }
  })

  test('a server listens where other containers reach it, and each health check asks the right port', () => {
    const { environment, healthcheck, expose } = service('server')
    expect(environment?.HOST).toBe('0.0.0.0')
    expect(expose).toEqual([environment?.PORT])
    expect(healthcheck?.test.at(-1)).toContain(`127.0.0.1:${environment?.PORT}/readyz`)
    const worker = service('worker')
    expect(worker.environment?.WORKER_HOST).toBe('0.0.0.0')
    expect(worker.expose).toEqual([worker.environment?.WORKER_PORT])
    expect(worker.healthcheck?.test.at(-1)).toContain(`127.0.0.1:${worker.environment?.WORKER_PORT}/readyz`)
  })

  test('a stop may take longer than our own processes allow themselves', () => {
    for (const [name, main] of [
      ['server', 'server/stop-server.ts'],
      ['worker', 'workers/stop-worker.ts'],
    ] as const) {
      const timeoutMs = Number(/STOP_TIMEOUT_MS = ([\d_]+)/.exec(read(main))?.[1]?.replaceAll('_', ''))
      expect(timeoutMs).toBeGreaterThan(0)
      expect(durationMs(service(name).stop_grace_period ?? '0s')).toBeGreaterThan(timeoutMs)
    }
  })

  test('Redis keeps what it has acked and evicts nothing', () => {
    const command = service('redis').command?.join(' ')
    for (const flag of ['--appendonly yes', '--appendfsync everysec', '--maxmemory-policy noeviction']) {
      expect(command).toContain(flag)
    }
    // Full, it would refuse the job queue's writes, and nothing would ever empty it again.
    expect(command).not.toContain('--maxmemory ')
  })
})

describe('Dockerfile', () => {
  const dockerfile = read('Dockerfile')
  const ignored = read('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))

  test('takes from the project only what is there and not ignored', () => {
    const fromContext = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, list = '']) =>
      list.split(' '),
    )
    expect(fromContext).toContain('package-lock.json')
    for (const path of fromContext) {
      expect(existsSync(`${ROOT}${path}`), path).toBe(true)
      expect(ignored, path).not.toContain(path)
    }
    const fromBuild = [...dockerfile.matchAll(/^COPY --from=build \/app\/(\S+)/gm)].map(
      ([, path = '']) => path,
    )
    for (const path of fromBuild) {
      const isMade = path === 'dist' || path === 'node_modules'
      expect(isMade || existsSync(`${ROOT}${path}`), path).toBe(true)
      if (!isMade)
        expect(
          ignored.some((entry) => path.startsWith(entry)),
          path,
        ).toBe(false)
    }
  })

  test('builds projects that exist, with all their references', () => {
    const projects = /npx tsc -b ([a-z- ]+?) &&/.exec(dockerfile)?.[1]?.split(' ') ?? []
    expect(projects).toEqual(['db'])
    const seen = new Set<string>()
    for (const queue = [...projects]; queue.length > 0; ) {
      const project = queue.pop() as string
      if (seen.has(project)) continue
      seen.add(project)
      expect(ignored, project).not.toContain(project)
      const { references } = JSON.parse(read(`${project}/tsconfig.json`)) as {
        references: { path: string }[]
      }
      queue.push(...references.map(({ path }) => path.replace('../', '')))
    }
    expect([...seen]).toContain('protocol')
  })

  test('runs as nobody special, on a Node.js that the project takes', () => {
    expect(dockerfile).toMatch(/^USER node$/m)
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } }
    const oldest = Number(/^>=(\d+)/.exec(engines.node)?.[1])
    for (const [, major] of dockerfile.matchAll(/^FROM node:(\d+)-/gm))
      expect(Number(major)).toBeGreaterThanOrEqual(oldest)
  })

  test('keeps secrets, data and what was built elsewhere out of the image', () => {
    for (const path of ['.env', '.env.*', '.git', '.data', 'node_modules', 'dist'])
      expect(ignored).toContain(path)
  })
})

describe('docker/haproxy.cfg', () => {
  const config = read('docker/haproxy.cfg')

  test('finds the servers and asks whether they are alive', () => {
    expect(config).toMatch(
      new RegExp(`^ +server-template .* server:${service('server').environment?.PORT} `, 'm'),
    )
    expect(config).toContain('option httpchk GET /healthz')
    const [port] = /(?<=bind :)\d+/.exec(config) ?? []
    expect(file.services.entry?.ports?.[0]?.endsWith(`:${port}`)).toBe(true)
    const path = /monitor-uri (\S+)/.exec(config)?.[1]
    expect(file.services.entry?.healthcheck?.test.at(-1)).toBe(`http://127.0.0.1:${port}${path}`)
  })

  test('docker/tls.yml gives it the certificate that its TLS entry asks for', () => {
    const { services, secrets } = parse(read('docker/tls.yml'))
    const { environment, ports, ...entry } = services.entry
    expect(config).toContain(`ssl crt "\${${Object.keys(environment)[0]}}"`)
    expect(Object.values(environment)).toEqual([`/run/secrets/${entry.secrets[0]}`])
    expect(ports.map((port: string) => port.split(':').at(-1))).toEqual([
      /(?<=bind :)\d+(?= ssl)/.exec(config)?.[0],
    ])
    expect(Object.keys(secrets)).toEqual(entry.secrets)
    expect(() => interpolate(secrets['tls-cert'].file, {})).toThrow('TLS_CERT_FILE')
    const added = { ...file.services.entry, environment, secrets: entry.secrets, ports }
    expect(
      composeSchema.safeParse({ ...file, services: { ...file.services, entry: added } }).error,
    ).toBeUndefined()
  })

  test('cuts no WebSocket that still answers its pings', () => {
    const start = read('server/start.ts')
    const constant = (name: string) =>
      Number(new RegExp(`${name} = ([\\d_]+)`).exec(start)?.[1]?.replaceAll('_', ''))
    const tunnelMs = durationMs(/timeout tunnel (\S+)/.exec(config)?.[1] ?? '0s')
    expect(tunnelMs).toBeGreaterThan(constant('PING_INTERVAL_MS') + constant('PING_TIMEOUT_MS'))
  })

  test('a stop does not wait for WebSockets longer than the container may take', () => {
    const hardStopMs = durationMs(/hard-stop-after (\S+)/.exec(config)?.[1] ?? '0s')
    expect(hardStopMs).toBeGreaterThan(0)
    expect(durationMs(file.services.entry?.stop_grace_period ?? '0s')).toBeGreaterThan(hardStopMs)
  })
})
