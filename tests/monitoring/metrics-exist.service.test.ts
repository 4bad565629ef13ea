import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Labels, readExposition } from '../support/exposition.js'
import { readQuery } from '../support/promql.js'
import { makeWorld, type World } from '../support/world.js'
import { readAlerts, readDashboard, readScrapeConfig } from './files.js'

/** By name what Prometheus has once it has scraped a server and a worker. */
let known: Map<string, Labels>
let world: World

beforeAll(async () => {
  world = await makeWorld()
  const [server, worker] = await Promise.all([world.startServer(), world.startWorker()])
  const [ofServer = new Map(), ofWorker = new Map()] = await Promise.all(
    [server, worker].map(async ({ url }) => readExposition(await (await fetch(`${url}/metrics`)).text())),
  )
  known = new Map([...ofServer, ...ofWorker])
  const jobs = readScrapeConfig().scrape_configs.map(({ job_name }) => job_name)
  // What Prometheus makes itself.
  known.set('up', new Map())
  const severities = new Set(readAlerts().map(({ labels }) => labels.severity))
  known.set('ALERTS', new Map<string, Set<string>>([['severity', severities]]))
  known.get('ALERTS')?.set('alertstate', new Set(['pending', 'firing']))
  for (const labels of known.values()) labels.set('job', new Set(jobs)).set('instance', new Set())
})
afterAll(() => world[Symbol.asyncDispose]())

/** What an expression names that nobody serves. */
function unknownIn(expr: string): string[] {
  const { selectors, groupedBy } = readQuery(expr)
  const unknown = selectors.flatMap(({ metric, matchers }) => {
    const labels = known.get(metric)
    if (labels === undefined) return [metric]
    return matchers.flatMap(({ label, op, value }) => {
      const values = labels.get(label)
      if (values === undefined) return [`${metric}{${label}}`]
      const wanted = op.includes('~') ? value.split('|') : [value]
      return wanted.filter((one) => !values.has(one)).map((one) => `${metric}{${label}="${one}"}`)
    })
  })
  const labelled = (label: string) => selectors.some(({ metric }) => known.get(metric)?.has(label))
  return [...unknown, ...groupedBy.filter((label) => !labelled(label))]
}

test('[I8] what is not served is found', () => {
  expect(unknownIn('sum(rate(recorder_events_recieved_total[1m]))')).toEqual([
    'recorder_events_recieved_total',
  ])
  expect(unknownIn('recorder_store_up{store="s3",shop="x"}')).toEqual([
    'recorder_store_up{store="s3"}',
    'recorder_store_up{shop}',
  ])
  expect(unknownIn('sum by (queue) (recorder_store_up)')).toEqual(['queue'])
  expect(() => unknownIn('sum(recorder_store_up')).toThrow('No PromQL')
})

test('[I8] every alarm asks for metrics, labels and values that the processes serve', () => {
  const wrong = readAlerts().flatMap(({ alert, expr }) => unknownIn(expr).map((name) => `${alert}: ${name}`))
  expect(wrong).toEqual([])
})

test('[I8] every panel of the dashboard shows metrics and labels that the processes serve', () => {
  const targets = readDashboard().panels.flatMap(({ title, targets = [] }) =>
    targets.map((target) => ({ title, ...target })),
  )
  expect(targets.length).toBeGreaterThan(20)
  for (const { title, expr, legendFormat = '' } of targets) {
    expect(unknownIn(expr), title).toEqual([])
    const { selectors, groupedBy } = readQuery(expr)
    const isGrouped = /\bby \(|^(sum|max|min|count)\(/.test(expr)
    for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
      const isLeft = isGrouped
        ? groupedBy.includes(label)
        : selectors.every(({ metric }) => known.get(metric)?.has(label))
      expect(isLeft, `${title}: {{${label}}}`).toBe(true)
    }
  }
})
