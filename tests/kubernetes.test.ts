import { existsSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { parseSettings } from '../db/settings.js'
import { serverSettingsShape } from '../server/settings.js'
import { STOP_TIMEOUT_MS as SERVER_STOPS_MS } from '../server/stop-server.js'
import { workerSettingsShape } from '../workers/settings.js'
import { STOP_TIMEOUT_MS as WORKER_STOPS_MS } from '../workers/stop-worker.js'
import { filesEndingIn, quotedIn, ROOT, readText, sectionOf } from './support/documents.js'
import { type Manifest, problemsOf } from './support/kubernetes-schemas.js'
import { readQuery } from './support/promql.js'

// There is no cluster to apply them to: what can be known without one is checked here.

const kustomization = parse(readText('kubernetes/kustomization.yaml')) as {
  resources: string[]
  configMapGenerator: { name: string; literals: string[] }[]
  images: { name: string }[]
}
const manifests = kustomization.resources.flatMap((file) =>
  parseAllDocuments(readText(`kubernetes/${file}`)).map((document) => document.toJS() as Manifest),
)
// biome-ignore lint/suspicious/noExplicitAny: a manifest's shape is what its schema is asked about
const find = (kind: Manifest['kind'], name: string): any => {
  const found = manifests.find((one) => one.kind === kind && one.metadata.name === name)
  if (found === undefined) throw new Error(`There is no ${kind} ${name}.`)
  return found
}
/** Given by the operator: docs/operations.md says what must be in each. */
const SECRETS: Record<string, Record<string, string>> = {
  'recorder-secrets': {
    DATABASE_URL: 'postgres://u:p@postgres:5432/recorder',
    REDIS_URL: 'redis://redis:6379/0',
    AWS_ACCESS_KEY_ID: 'k',
    AWS_SECRET_ACCESS_KEY: 's',
  },
  'recorder-auth': { AUTH_SECRET: 'a'.repeat(32) },
}

describe('kubernetes/', () => {
  test('all files are used, or said to be for something else', () => {
    const others = ['kustomization.yaml', 'prometheus-adapter.yaml']
    const files = filesEndingIn(/\.yaml$/, 'kubernetes').map((path) => path.replace('kubernetes/', ''))
    expect(files).toEqual([...kustomization.resources, ...others].sort())
  })

  test.each(manifests.map((one) => [`${one.kind} ${one.metadata.name}`, one] as const))(
    '%s is what the schema of Kubernetes takes, with no key that it does not know',
    (_, manifest) => expect(problemsOf(manifest)).toEqual([]),
  )

  test('slips are found: a value of another type, a key that is none', () => {
    const budget = find('PodDisruptionBudget', 'server')
    expect(problemsOf({ ...budget, spec: { ...budget.spec, maxUnavailable: [1] } })[0]).toContain(
      'maxUnavailable',
    )
    expect(problemsOf({ ...budget, spec: { ...budget.spec, maxUnavialable: 1 } })).toEqual([
      '/spec/maxUnavialable',
    ])
    const server = structuredClone(find('Deployment', 'server'))
    server.spec.template.spec.containers[0].livenessProbe.httpGet.pth = '/'
    expect(problemsOf(server)).toEqual(['/spec/template/spec/containers/0/livenessProbe/httpGet/pth'])
  })

  test.each([
    ['server', serverSettingsShape, SERVER_STOPS_MS],
    ['worker', workerSettingsShape, WORKER_STOPS_MS],
  ] as const)(
    '%s gets settings that exist and all it requires, listens, and may stop',
    (name, shape, stopsMs) => {
      const { spec } = find('Deployment', name).spec.template
      const [container] = spec.containers
      const env: Record<string, string> = {}
      for (const { configMapRef, secretRef } of container.envFrom) {
        const generated = kustomization.configMapGenerator.find((map) => map.name === configMapRef?.name)
        const literals = generated?.literals.map((line) => {
          const at = line.indexOf('=')
          return [line.slice(0, at), line.slice(at + 1)]
        })
        const from = secretRef ? SECRETS[secretRef.name] : literals && Object.fromEntries(literals)
        expect(from, JSON.stringify({ configMapRef, secretRef })).toBeDefined()
        Object.assign(env, from)
      }
      for (const { name, value } of container.env) env[name] = value
      const known = [...Object.keys(shape), 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']
      expect(Object.keys(env).filter((variable) => !known.includes(variable))).toEqual([])
      expect(() => parseSettings(shape, env)).not.toThrow()

      const prefix = name === 'server' ? '' : 'WORKER_'
      expect([env[`${prefix}HOST`], env[`${prefix}PORT`]]).toEqual([
        '0.0.0.0',
        String(container.ports[0].containerPort),
      ])
      const pod = find('Deployment', name).spec.template.metadata
      expect(pod.annotations['prometheus.io/port']).toBe(env[`${prefix}PORT`])
      for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
        expect(container[probe].httpGet.port).toBe(container.ports[0].name)
      }
      const graceMs = spec.terminationGracePeriodSeconds * 1000
      expect(graceMs).toBeGreaterThan(stopsMs + Number(env.STOP_DELAY_MS ?? 0))
      const source = container.command.at(-1).replace('dist/run/', '').replace(/\.js$/, '.ts')
      expect(existsSync(`${ROOT}${source}`)).toBe(true)
      const key = env.SIGNING_KEY_FILE ?? ''
      expect(container.volumeMounts.map(({ mountPath }: { mountPath: string }) => mountPath)).toContain(
        key.slice(0, key.lastIndexOf('/')),
      )
    },
  )

  test('a worker can make no tokens', () => {
    const { containers } = find('Deployment', 'worker').spec.template.spec
    expect(JSON.stringify(containers)).not.toContain('recorder-auth')
  })

  test.each(['server', 'worker'])('%s is named alike by all that select it', (name) => {
    const { selector, template } = find('Deployment', name).spec
    expect(template.metadata.labels).toMatchObject(selector.matchLabels)
    expect(find('PodDisruptionBudget', name).spec.selector).toEqual(selector)
    const { scaleTargetRef, minReplicas } = find('HorizontalPodAutoscaler', name).spec
    expect(scaleTargetRef).toMatchObject({ kind: 'Deployment', name })
    // One may go at any time, and one is always there.
    expect(minReplicas).toBeGreaterThan(find('PodDisruptionBudget', name).spec.maxUnavailable)
  })

  test('runs the image that kustomization.yaml names', () => {
    const images = [...manifests]
      .map((one) => (one.spec as { template?: { spec: { containers: { image: string }[] } } })?.template)
      .flatMap((template) => template?.spec.containers.map(({ image }) => image) ?? [])
    expect(images).toHaveLength(3)
    expect(new Set(images)).toEqual(new Set(kustomization.images.map(({ name }) => name)))
  })

  test('workers scale on figures that a worker tells and the adapter asks for', () => {
    const scaled = find('HorizontalPodAutoscaler', 'worker').spec.metrics.map(
      (metric: { external: { metric: { name: string } } }) => metric.external.metric.name,
    )
    const { rules } = parse(readText('kubernetes/prometheus-adapter.yaml')) as {
      rules: { external: { seriesQuery: string; name: { as: string }; metricsQuery: string }[] }
    }
    expect(rules.external.map(({ name }) => name.as)).toEqual(scaled)
    const table = sectionOf(readText('docs/operations.md'), '## Metrics')
    for (const { seriesQuery, metricsQuery } of rules.external) {
      expect(table).toContain(`| \`${seriesQuery}\` | figure, worker |`)
      const asked = readQuery(metricsQuery.replace('<<.Series>>', seriesQuery))
      expect(asked.selectors.map(({ metric }) => metric)).toEqual([seriesQuery])
    }
  })

  test('docs/operations.md names the secrets and what is in them', () => {
    const named = quotedIn(sectionOf(readText('docs/operations.md'), '## Kubernetes'))
    for (const [secret, contents] of Object.entries(SECRETS)) {
      expect(named).toEqual(expect.arrayContaining([secret, ...Object.keys(contents)]))
    }
    expect(named).toEqual(expect.arrayContaining(['recorder-signing-key', 'signing-key.pem']))
  })
})
