import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { composeSchema, fillIn } from '../support/compose-schema.js'
import { readText, sectionOf, tableIn } from '../support/documents.js'
import { readQuery } from '../support/promql.js'
import { readAlerts, readDashboard, readScrapeConfig } from './files.js'

const plain = (markdown = '') => markdown.replace(/\[([^\]]+)\]\([^)]*\)/g, '$1')
const unquoted = (cell = '') => cell.replaceAll('`', '')

describe('[I8] docker/monitoring/alerts.yml', () => {
  const alerts = readAlerts()
  const rows = tableIn(sectionOf(readText('docs/operations.md'), '## When this happens'))

  test('has the alarms of docs/operations.md, with the same words', () => {
    expect(rows.length).toBeGreaterThan(10)
    expect(
      alerts.map(({ alert, labels: { severity }, annotations: { when, meaning, action } }) => [
        alert,
        severity,
        when,
        meaning,
        action,
      ]),
    ).toEqual(rows.map(([alert, ...cells]) => [unquoted(alert), ...cells.map(plain)]))
  })

  test.each(alerts.map((rule) => [rule.alert, rule] as const))(
    '%s asks what its words say: the same metrics, the same numbers',
    (_, { expr, for: lasting, annotations: { when } }) => {
      const asked = readQuery(expr).selectors.map(({ metric }) => metric)
      const named = [...when.matchAll(/`([a-z]\w*_\w+|up)(?:\{[^}]*\})?`/g)].map(([, metric]) => metric)
      expect(new Set(asked)).toEqual(new Set(named))
      const [condition = '', term = '0'] = [
        when.replace(/`[^`]*`/g, '').replace(/for (\d+) s/, ''),
        /for (\d+) s/.exec(when)?.[1],
      ]
      expect(lasting ?? '0s').toBe(`${term}s`)
      // A share is written in percent; what rises is above zero over five minutes.
      const said = [...condition.matchAll(/([\d.]+)( %)?/g)].map(([, n, percent]) =>
        percent ? Number(n) / 100 : Number(n),
      )
      const limits = [...expr.matchAll(/(?:[<>]|==) ([\d.]+)/g)].map(([, n]) => Number(n))
      if (/rises|another/.test(when)) {
        expect(expr).toContain('[5m]')
        expect(limits).toEqual([0])
      } else expect(limits).toEqual(said)
    },
  )
})

describe('Prometheus and Grafana of docker-compose.yml', () => {
  const filled = fillIn(
    composeSchema.parse(
      parse(readText('docker-compose.yml').replaceAll(/:\?[^}]*\}/g, ':-x}'), { merge: true }),
    ),
    {},
  )
  const service = (name: string) => {
    const found = filled.services[name]
    if (found === undefined) throw new Error(`There is no service ${name}.`)
    return found
  }
  const mounted = (name: string): Record<string, string> =>
    Object.fromEntries(
      (service(name).volumes ?? []).map((volume) => {
        const [from = '', to = ''] = volume.split(':')
        return [to, from.replace('./', '')]
      }),
    )

  test('are started only where they are asked for', () => {
    const profiles = Object.entries(filled.services).map(([name, { profiles }]) => [name, profiles])
    expect(profiles.filter(([, of]) => of !== undefined)).toEqual([
      ['prometheus', ['monitoring']],
      ['grafana', ['monitoring']],
    ])
  })

  test('Prometheus finds all servers and workers, and its rules', () => {
    const config = readScrapeConfig()
    const found = config.scrape_configs.map(({ job_name, dns_sd_configs: [{ names, port }] }) => {
      const [name] = names
      expect(service(name).expose).toEqual([String(port)])
      return [job_name, name]
    })
    expect(found).toEqual([
      ['recorder-server', 'server'],
      ['recorder-worker', 'worker'],
    ])
    const files = mounted('prometheus')
    expect(files['/etc/prometheus/prometheus.yml']).toBe('docker/monitoring/prometheus.yml')
    for (const file of config.rule_files) expect(files[`/etc/prometheus/${file}`]).toContain(file)
  })

  test('Grafana finds Prometheus and its dashboard', () => {
    const files = mounted('grafana')
    const source = parse(readText(files['/etc/grafana/provisioning/datasources/recorder.yml'] ?? ''))
    expect(source.datasources[0].url).toBe(`http://prometheus:${service('prometheus').expose?.[0]}`)
    const provider = parse(readText(files['/etc/grafana/provisioning/dashboards/recorder.yml'] ?? ''))
    const home = service('grafana').environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH ?? ''
    expect(home.startsWith(provider.providers[0].options.path)).toBe(true)
    expect(files[home]).toBe('docker/monitoring/dashboard.json')
  })
})

test('panels of the dashboard have ids of their own, say what they show, and lie beside each other', () => {
  const { panels } = readDashboard()
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
  const taken = new Set<string>()
  for (const { type, title, description, targets, gridPos } of panels) {
    if (type !== 'row') expect([title, description?.endsWith('.')]).toEqual([title, true])
    expect(targets === undefined, title).toBe(type === 'row')
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24)
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(taken.has(`${x} ${y}`), `${title} covers another`).toBe(false)
        taken.add(`${x} ${y}`)
      }
    }
  }
})
