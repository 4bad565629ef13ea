import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { ROOT } from '../support/documents.js'

const hasPromtool = spawnSync('promtool', ['--version']).status === 0
if (!hasPromtool)
  console.warn('promtool is not installed (Debian: prometheus): its look at the rules is left out')

test.skipIf(!hasPromtool)('[I8] Prometheus takes the rules, and its configuration', () => {
  const check = (...args: string[]) =>
    spawnSync('promtool', ['check', ...args], { cwd: ROOT, encoding: 'utf8' })
  const rules = check('rules', 'docker/monitoring/alerts.yml')
  expect([rules.status, rules.stderr]).toEqual([0, ''])
  expect(rules.stdout).toMatch(/SUCCESS: \d+ rules found/)
  const config = check('config', '--syntax-only', 'docker/monitoring/prometheus.yml')
  expect([config.status, config.stderr]).toEqual([0, ''])
})
