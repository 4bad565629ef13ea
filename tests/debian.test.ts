import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { parseSettings } from '../db/settings.js'
import { serverSettingsShape } from '../server/settings.js'
import { workerSettingsShape } from '../workers/settings.js'
import { codeIn, ROOT, readText } from './support/documents.js'

// What docs/setting-up.md puts onto a machine: where there is no systemd to run it, its own checks.

const page = readText('docs/setting-up.md')
const commands = codeIn(page, 'sh').join('\n')
const unit = (name: string) => readText(`debian/${name}`)
const valuesOf = (text: string, key: string) =>
  [...text.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value = '']) => value)

/** The settings file that the page makes, with what a shell puts into it. */
function madeFile(name: string): Record<string, string> {
  const text =
    new RegExp(`cat > /etc/recorder/${name} <<END\\n([\\s\\S]*?)^END$`, 'm').exec(commands)?.[1] ?? ''
  const entries = text.trim().split('\n')
  return Object.fromEntries(
    entries.map((line) => [
      line.slice(0, line.indexOf('=')),
      line.slice(line.indexOf('=') + 1).replace(/\$[A-Z_]+/g, 'x'.repeat(48)),
    ]),
  )
}

const portsIn = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, port]) => Number(port))

describe('docs/setting-up.md', () => {
  test('the settings that it makes are taken by server and worker, and it makes no other', () => {
    const [stores, server] = [madeFile('stores.env'), madeFile('server.env')]
    expect(() => parseSettings(serverSettingsShape, { ...stores, ...server, PORT: '4700' })).not.toThrow()
    expect(() => parseSettings(workerSettingsShape, { ...stores, WORKER_PORT: '4701' })).not.toThrow()
    expect(Object.keys({ ...serverSettingsShape })).toEqual(
      expect.arrayContaining(Object.keys({ ...stores, ...server })),
    )
  })

  test('each server and worker that it starts is balanced and scraped, and no other', () => {
    const enabled = /^systemctl enable --now (.*)$/m.exec(commands)?.[1] ?? ''
    const servers = portsIn(enabled, /recorder-server@(\d+)/g)
    const workers = portsIn(enabled, /recorder-worker@(\d+)/g)
    expect(servers).toHaveLength(2)
    expect(portsIn(unit('haproxy.cfg'), /^ {2}server \S+ 127\.0\.0\.1:(\d+)$/gm)).toEqual(servers)
    const prometheus = parse(unit('prometheus.yml')) as {
      rule_files: string[]
      scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[]
    }
    expect(
      prometheus.scrape_configs.map(({ job_name, static_configs: [one] }) => [job_name, one?.targets]),
    ).toEqual([
      ['recorder-server', servers.map((port) => `127.0.0.1:${port}`)],
      ['recorder-worker', workers.map((port) => `127.0.0.1:${port}`)],
    ])
    expect(commands).toContain(`/etc/prometheus/${prometheus.rule_files[0]}`)
    for (const port of [...servers, ...workers]) expect(commands).toMatch(new RegExp(`for port in .*${port}`))
  })

  test('what it copies is there', () => {
    const copied = [...commands.matchAll(/\/opt\/recorder\/current\/((?:debian|docker)\/[\w./-]+)/g)]
    expect(copied.length).toBeGreaterThan(3)
    for (const [, path = ''] of copied) expect(existsSync(`${ROOT}${path}`), path).toBe(true)
  })

  test('every shell block is one that a shell understands', () => {
    execFileSync('bash', ['-n'], { input: commands })
  })
})

describe('units', () => {
  test.each([
    ['recorder-server@.service', 'dist/run/server/main.js', 'PORT'],
    ['recorder-worker@.service', 'dist/run/workers/main.js', 'WORKER_PORT'],
  ])('%s starts its process with the files of the page, and lets it end by itself', (name, script, port) => {
    const text = unit(name)
    expect(valuesOf(text, 'ExecStart')).toEqual([`/usr/bin/env node --enable-source-maps ${script}`])
    expect(valuesOf(text, 'Environment')[0]).toContain(`${port}=%i`)
    expect(valuesOf(text, 'EnvironmentFile').map((file) => file.replace(/^-/, ''))).toContain(
      '/etc/recorder/stores.env',
    )
    // 12 s and 15 s are the bounds of docs/operations.md.
    expect(Number(valuesOf(text, 'TimeoutStopSec')[0])).toBeGreaterThan(15)
  })

  test.skipIf(!existsSync('/usr/bin/systemd-analyze'))('systemd reads them without a word', () => {
    const folder = mkdtempSync(join(tmpdir(), 'units-'))
    try {
      for (const name of ['recorder-server@', 'recorder-worker@'])
        copyFileSync(`${ROOT}debian/${name}.service`, join(folder, `${name}1.service`))
      copyFileSync(`${ROOT}debian/recorder-migrate.service`, join(folder, 'recorder-migrate.service'))
      const files = ['recorder-server@1', 'recorder-worker@1', 'recorder-migrate'].map((name) =>
        join(folder, `${name}.service`),
      )
      const said = execFileSync('systemd-analyze', ['verify', '--recursive-errors=no', ...files], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      expect(said).toBe('')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

test.skipIf(!existsSync('/usr/bin/promtool'))('Prometheus takes its configuration and the rules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'prometheus-'))
  try {
    copyFileSync(`${ROOT}debian/prometheus.yml`, join(folder, 'prometheus.yml'))
    copyFileSync(`${ROOT}docker/monitoring/alerts.yml`, join(folder, 'recorder-alerts.yml'))
    const said = execFileSync('promtool', ['check', 'config', join(folder, 'prometheus.yml')], {
      encoding: 'utf8',
    })
    expect(said).toMatch(/SUCCESS: \d+ rules found/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test.skipIf(!existsSync('/usr/sbin/haproxy'))('HAProxy takes its configuration', () => {
  expect(readFileSync(`${ROOT}debian/haproxy.cfg`, 'utf8')).toContain(
    'return status 404 if { path /metrics }',
  )
  execFileSync('/usr/sbin/haproxy', ['-c', '-f', `${ROOT}debian/haproxy.cfg`], { stdio: 'pipe' })
})
